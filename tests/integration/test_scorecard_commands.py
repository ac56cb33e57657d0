"""`kizashi scorecard` on a running instance: checked, compared, published, listed, taken back."""

import json

from tests.integration.test_account_commands import until

BETTER = """\
name: better
signals: [{signal: recency, points: 20}, {signal: level, points: 10}]
bands: {watch: 40, at_risk: 60}
"""


def test_a_scorecard_is_checked_compared_published_and_taken_back(instance, tmp_path):
    file = tmp_path / "better.yaml"
    file.write_text(BETTER.replace("points: 20", "pionts: 20"))
    flawed = instance.kizashi("scorecard", "check", str(file))
    assert flawed.returncode == 1
    assert "better.yaml:2: signals[0].pionts: there is no such field here; did you mean points?" in flawed.stderr
    assert instance.kizashi("scorecard", "publish", str(file), "--waiver", "x").returncode == 1

    file.write_text(BETTER)
    checked = json.loads(instance.kizashi("scorecard", "check", str(file), "--json").stdout)
    assert (checked["ok"], checked["name"]) == (True, "better")
    compared = instance.kizashi("scorecard", "diff", str(file))
    assert (compared.returncode, "signals: breadth is gone" in compared.stdout) == (1, True), compared.stdout

    refused = instance.kizashi("scorecard", "publish", str(file))
    assert refused.returncode == 1
    assert "no backtest of this scorecard" in refused.stderr
    published = instance.kizashi("scorecard", "publish", str(file), "--waiver", "a trial", "--json")
    assert json.loads(published.stdout)["version"] == 2, published.stderr
    assert instance.kizashi("scorecard", "diff", str(file)).returncode == 0

    def on():
        listed = json.loads(instance.kizashi("scorecard", "list", "--json").stdout)
        rows = [(one["version"], one["partitions"], one["waiver"]) for one in listed]
        return rows if not rows[-1][1] else None

    ((version, partitions, waiver), first) = until(on)
    assert (version, waiver, first) == (2, "a trial", (1, 0, "shipped"))
    assert partitions > 0

    back = instance.kizashi("scorecard", "rollback", "1")
    assert "Version 3 (default" in back.stdout, back.stderr
    unknown = instance.kizashi("scorecard", "rollback", "9")
    assert (unknown.returncode, "there is no version 9" in unknown.stderr) == (1, True)
    listed = json.loads(instance.kizashi("scorecard", "list", "--json").stdout)
    assert [(one["version"], one["waiver"]) for one in listed] == [
        (3, "back to version 1"),
        (2, "a trial"),
        (1, "shipped"),
    ]
    assert "better" in instance.kizashi("scorecard", "list").stdout
