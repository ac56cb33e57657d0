"""A backtest of a running instance's own log, and the report that publishing asks for."""

import json

from tests.integration.test_account_commands import until

BETTER = """\
name: better
signals: [{signal: recency, points: 20}, {signal: level, points: 10}]
bands: {watch: 40, at_risk: 60}
"""


def write_history(folder):
    """Thirty accounts of January to April: ten come throughout, of twenty that stop in March half churn at its end."""
    rows = ["account_id,event_name,timestamp"]
    outcomes = ["account_id,churned_at"]
    for number in range(30):
        months = ("01", "02", "03", "04") if number < 10 else ("01", "02")
        rows += [f"a{number},opened,2026-{month}-{day:02}T12:00:00Z" for month in months for day in range(1, 29)]
        if number >= 20:
            outcomes.append(f"a{number},2026-03-31")
    (folder / "events.csv").write_text("\n".join(rows))
    (folder / "outcomes.csv").write_text("\n".join(outcomes))


def test_the_log_is_judged_stored_and_the_judged_card_can_be_published(instance, tmp_path):
    write_history(tmp_path)
    (tmp_path / "better.yaml").write_text(BETTER)
    assert instance.kizashi("import", str(tmp_path / "events.csv")).returncode == 0
    assert instance.kizashi("import", str(tmp_path / "outcomes.csv"), "--kind", "outcomes").returncode == 0
    asked = ("backtest", "--from-log", "--at", "2026-03-15", "--json", "--scorecard", str(tmp_path / "better.yaml"))

    def judged():
        answer = instance.kizashi(*asked, "--store")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    [report] = until(judged)["sets"]
    assert (report["accounts"], report["churned"], report["parts"][0]["positives"]) == (30, 10, 10)
    assert [card["name"] for card in report["cards"]] == ["published", "better"]
    published = instance.kizashi("scorecard", "publish", str(tmp_path / "better.yaml"), "--json")
    assert json.loads(published.stdout)["version"] == 2, published.stderr
