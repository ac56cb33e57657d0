from pathlib import Path

import pytest

from schemas.conditions import Notify, Severity
from schemas.rules import LevelRule, MomentRule
from schemas.scorecard import Bands, Scorecard, Stage, Transform, ValuePoint, Variant, Weighted, When
from services.scoring.scorecard_file import ScorecardRefused, digest_of, read_scorecard

GOOD = """\
name: good
signals:
  - {signal: recency, points: 20, category: silence, transform: {from: 20, to: 80}}
  - {signal: level, points: 10}
categories: {silence: 60}
bands: {watch: 40, at_risk: 60}
moments: [cancel_page_viewed]
inputs: {friction: [error_shown], feedback_negative: [thumbs_down]}
value_points:
  - {name: first report, events: [report_created], times: 3, within_days: 14}
variants:
  - name: large
    when: {segments: [enterprise], stages: [live, renewal]}
    signals: [{signal: life_rate, points: 5}]
    categories: {}
    bands: {watch: 50, at_risk: 70, hysteresis: 5}
"""

REPEATED = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(  # 9 to the 5th: some lines that would be read as 59,049
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in ("ab", "bc", "cd", "de")
)

NO_CAP = (
    "3: signals[0].category: quiet has no cap: name it under categories with the most points it can add; "
    "there are silence"
)


def written(folder: Path, text: str) -> Path:
    file = folder / "card.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def flaws(folder: Path, text: str) -> list[str]:
    """What is said of a text, the file's name left out."""
    file = written(folder, text)
    with pytest.raises(ScorecardRefused) as refused:
        read_scorecard(file)
    return [line.removeprefix(f"{file}:") for line in str(refused.value).splitlines()]


def with_lines(**replaced: str) -> str:
    """The good scorecard, with other lines of these beginnings."""
    lines = GOOD.splitlines()
    for beginning, line in replaced.items():
        (place,) = (n for n, old in enumerate(lines) if old.startswith(f"{beginning}:"))
        lines[place] = line
    return "\n".join(lines)


def test_a_scorecard_is_read_from_yaml(tmp_path):
    card = read_scorecard(written(tmp_path, GOOD))
    assert card.signals == (
        Weighted(signal="recency", points=20, category="silence", transform=Transform(begins=20, ends=80)),
        Weighted(signal="level", points=10),
    )
    assert (card.bands, card.categories, card.minimum_age_days) == (Bands(watch=40, at_risk=60), {"silence": 60}, 7)
    assert card.inputs.friction == ("error_shown",)
    assert card.value_points == (ValuePoint(name="first report", events=("report_created",), times=3, within_days=14),)


def test_a_variant_replaces_whole_sections_and_keeps_the_others(tmp_path):
    card = read_scorecard(written(tmp_path, GOOD))
    whole, large = card.all_variants()
    assert card.variants == (
        Variant(
            name="large",
            when=When(segments=("enterprise",), stages=(Stage.LIVE, Stage.RENEWAL)),
            signals=(Weighted(signal="life_rate", points=5),),
            categories={},
            bands=Bands(watch=50, at_risk=70, hysteresis=5),
        ),
    )
    assert (whole.signals, whole.variants) == (card.signals, ())
    assert isinstance(large, Scorecard)
    assert (large.signals, large.categories, large.bands.watch) == (card.variants[0].signals, {}, 50)
    assert (large.moments, large.inputs, large.variants) == (card.moments, card.inputs, ())


def test_a_digest_is_of_what_is_said_not_of_how(tmp_path):
    plain = read_scorecard(written(tmp_path, GOOD))
    other = read_scorecard(written(tmp_path, "# a comment\n" + GOOD.replace("{silence: 60}", "\n  silence:   60")))
    assert digest_of(plain) == digest_of(other)
    assert digest_of(plain) != digest_of(read_scorecard(written(tmp_path, GOOD.replace("times: 3", "times: 4"))))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            with_lines(bands="bands: {wach: 40, at_risk: 60}"),
            ["6: bands.wach: there is no such field here; did you mean watch?"],
            id="a misspelt field",
        ),
        pytest.param(
            with_lines(moments="moment: [a]"),
            ["7: moment: there is no such field here; did you mean moments?"],
            id="a misspelt section",
        ),
        pytest.param(
            with_lines(moments="rainbow: [a]"),
            [
                "7: rainbow: there is no such field here; there are " + ", ".join(Scorecard.__struct_fields__),
            ],
            id="a section there is not",
        ),
        pytest.param(
            GOOD.replace("times: 3", "tims: 3"),
            ["10: value_points[0].tims: there is no such field here; did you mean times?"],
            id="in a list",
        ),
        pytest.param(
            with_lines(bands="bands: {watch: 40}"), ["6: bands.at_risk: it is missing"], id="a field that is missing"
        ),
        pytest.param("name: a\n", ["1: signals: it is missing", "1: bands: it is missing"], id="sections missing"),
        pytest.param(
            GOOD.replace("points: 20", "points: many"),
            ["3: signals[0].points: expected a whole number, got text"],
            id="text for a number",
        ),
        pytest.param(
            GOOD.replace("points: 20", "points: 0"),
            ["3: signals[0].points: expected a whole number >= 1"],
            id="too small",
        ),
        pytest.param(
            GOOD.replace("{from: 20, to: 80}", "5"),
            ["3: signals[0].transform: expected a mapping or nothing, got a whole number"],
            id="something else altogether",
        ),
        pytest.param(
            GOOD.replace("[live, renewal]", "[life]"),
            ["13: variants[0].when.stages[0]: life may not stand here; did you mean live?"],
            id="a stage there is not",
        ),
        pytest.param(
            with_lines(name="nme: good", bands="bands: 5", moments="moments: yes"),
            [
                "1: nme: there is no such field here; did you mean name?",
                "6: bands: expected a mapping, got a whole number",
                "7: moments: expected a list, got yes or no",
                "1: name: it is missing",
            ],
            id="every section is looked at",
        ),
        pytest.param("- a\n- b\n", ["expected a mapping, got a list"], id="a list"),
        pytest.param("", ["expected a mapping, got nothing"], id="nothing"),
        pytest.param("name: [\n", ["2: expected the node content, but found '<stream end>'"], id="not YAML"),
        pytest.param(
            "name: \x07\n", ["1: unacceptable character #x0007: special characters are not allowed"], id="no text"
        ),
        pytest.param("a: &b {c: *b, d: 1}\n", ["1: it goes too deep, or holds itself"], id="within itself"),
        pytest.param(
            REPEATED,
            ["1: it says more than 20,000 things, those that it repeats counted each time"],
            id="repeats itself",
        ),
        pytest.param(GOOD + "name: again\n", ["17: name is said twice, first in line 1"], id="a section twice"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_line_field_and_what_may_have_been_meant(tmp_path, text, said):
    assert [line.strip() for line in flaws(tmp_path, text)] == said


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(ScorecardRefused, match=r"none\.yaml: No such file or directory$"):
        read_scorecard(tmp_path / "none.yaml")
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ScorecardRefused, match="it is not text in UTF-8"):
        read_scorecard(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            GOOD.replace("signal: recency", "signal: recancy"),
            ["3: signals[0].signal: there is no signal recancy; did you mean recency?"],
            id="a signal there is not",
        ),
        pytest.param(
            GOOD.replace("signal: level", "signal: recency"),
            ["4: signals[1].signal: recency is on the card twice"],
            id="a signal twice",
        ),
        pytest.param(
            GOOD.replace("{from: 20, to: 80}", "{from: 80, to: 20}"),
            ["3: signals[0].transform: from is 80, not below to, 20"],
            id="a transform that turns round",
        ),
        pytest.param(
            with_lines(bands="bands: {watch: 70, at_risk: 60}"),
            ["6: bands.watch: watch begins at 70, not below at_risk at 60"],
            id="bands out of order",
        ),
        pytest.param(
            with_lines(bands="bands: {watch: 40, at_risk: 60, hysteresis: 20}"),
            ["6: bands.hysteresis: at 20 points the bands overlap: make it smaller"],
            id="bands that overlap",
        ),
        pytest.param(
            GOOD.replace("category: silence", "category: quiet"),
            [
                NO_CAP,
                "5: categories.silence: no signal is of the category silence",
            ],
            id="a category without a cap, and a cap without a category",
        ),
        pytest.param(
            GOOD.replace("10}", "10, category: rest}").replace("{silence: 60}", "{silence: 30, rest: 20}"),
            ["5: categories: together they add at most 50: at_risk, from 60 on, is never reached"],
            id="caps that make a band unreachable",
        ),
        pytest.param(
            GOOD.replace("feedback_negative: [thumbs_down]", "ticket_opened: [t], ticket_closed: [t]"),
            ["8: inputs.ticket_closed: t is also a ticket_opened"],
            id="an event of two meanings",
        ),
        pytest.param(
            GOOD.replace("variants:", "  - {name: first report, events: [r], within_days: 3}\nvariants:"),
            ["11: value_points[1].name: there are two value points first report"],
            id="a value point twice",
        ),
        pytest.param(
            GOOD.replace("bands: {watch: 50, at_risk: 70", "bands: {watch: 90, at_risk: 70"),
            ["16: variants[0].bands.watch: watch begins at 90, not below at_risk at 70"],
            id="in a variant's own section, at its line",
        ),
        pytest.param(
            GOOD.replace("    categories: {}\n", ""),
            ["12: variants[0]: no signal is of the category silence"],
            id="a variant that does not go with what it leaves",
        ),
        pytest.param(
            GOOD + "  - {name: large, when: {segments: [small]}}\n",
            ["17: variants[1].name: there are two variants large"],
            id="a variant's name twice",
        ),
        pytest.param(
            GOOD + "  - {name: all, when: {}}\n",
            ["17: variants[1].when: it holds for every account: name segments or stages"],
            id="a variant for everyone",
        ),
        pytest.param(
            GOOD + "  - {name: late, when: {segments: [enterprise], stages: [renewal]}}\n",
            ["17: variants[1].when: late is never used: large comes first and holds wherever it does"],
            id="a variant that another one hides",
        ),
        pytest.param(
            GOOD + "  - {name: new, when: {stages: [onboarding]}, minimum_age_days: 40}\n",
            ["17: variants[1].minimum_age_days: accounts in onboarding (30 days) are all younger than that"],
            id="a variant for accounts that have no score",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, text, said):
    assert flaws(tmp_path, text) == said


def test_variants_that_only_overlap_are_both_of_use(tmp_path):
    text = GOOD + "  - {name: others, when: {stages: [renewal]}}\n  - {name: small, when: {segments: [small]}}\n"
    assert len(read_scorecard(written(tmp_path, text)).variants) == 3


RULES = """\
rules:
  - {kind: level, name: high, threshold: 70, clear: 60, for: 2d, critical_from: 85}
  - {kind: drop, name: fell, points: 20, clear: 10}
  - {kind: moment, name: cancel, events: [cancel_page_viewed], ended_by: [stayed], severity: critical, notify: [team]}
  - kind: value_point_missed
    name: value
    value_point: first report
    playbook: |
      Call them.
"""


def test_rules_are_read_from_yaml(tmp_path):
    card = read_scorecard(written(tmp_path, GOOD + RULES))
    high, _, cancel, value = card.rules
    assert high == LevelRule(name="high", threshold=70, clear=60, dwell="2d", critical_from=85)
    assert isinstance(cancel, MomentRule)
    assert (cancel.within_days, cancel.severity, cancel.notify) == (7, Severity.CRITICAL, (Notify.TEAM,))
    assert value.playbook == "Call them.\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("kind: level", "kind: lvel", "18: rules[0].kind: lvel may not stand here; did you mean level?"),
        pytest.param("kind: level, ", "", "18: rules[0].kind: it is missing"),
        pytest.param(
            "points: 20, clear",
            "point: 20, clear",
            "19: rules[1].point: there is no such field here; did you mean points?",
        ),
        pytest.param(
            "for: 2d", "for: 2 days", "18: rules[0].for: it is no length of time, such as 45s, 30m, 12h or 2d"
        ),
        pytest.param(
            "severity: critical",
            "severity: bad",
            "20: rules[2].severity: bad may not stand here; there are info, warning, critical",
        ),
        pytest.param(
            "notify: [team]",
            "notify: [teams]",
            "20: rules[2].notify[0]: teams may not stand here; did you mean team?",
        ),
        pytest.param("points: 20, cl", "points: lots, cl", "19: rules[1].points: expected a whole number, got text"),
        pytest.param("name: fell", "name: high", "19: rules[1].name: there are two rules high"),
        pytest.param(
            "clear: 60", "clear: 70", "18: rules[0].clear: it is 70, not below 70, from where on the rule is met"
        ),
        pytest.param(
            "threshold: 70, clear: 60",
            "clear: 65",
            "18: rules[0].clear: it is 65, not below 60, from where on the rule is met",
            id="below the band it rests on",
        ),
        pytest.param(
            "clear: 10", "clear: 20", "19: rules[1].clear: it is 20, not below 20, from where on the rule is met"
        ),
        pytest.param("[stayed]", "[cancel_page_viewed]", "20: rules[2].ended_by: cancel_page_viewed also begins it"),
        pytest.param(
            "value_point: first report",
            "value_point: last report",
            "23: rules[3].value_point: there is no value point last report; did you mean first report?",
        ),
        pytest.param(
            "critical_from: 85",
            "critical_from: 70",
            "18: rules[0].critical_from: it is 70, and the rule is met from 70 on: give that severity at once",
        ),
        pytest.param(
            "severity: critical",
            "severity: critical, critical_from: 3",
            "20: rules[2].critical_from: it is critical from the start: leave this out, or lower the severity",
        ),
    ],
)
def test_a_rule_that_is_not_right_is_refused_with_its_line(tmp_path, old, new, said):
    text = GOOD + RULES
    assert old in text
    assert flaws(tmp_path, text.replace(old, new)) == [said]


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ("kind: champion_gone, days: 20", 20),
        ("kind: no_contact, days: 40", 40),
        ("kind: moment, events: [a], times: 3", 3),
        ("kind: drop, points: 9", 9),
        ("kind: band", 1),
    ],
)
def test_what_is_critical_from_the_start_says_so(tmp_path, rule, met):
    text = GOOD + f"rules: [{{{rule}, name: a, critical_from: {met}}}]\n"
    said = f"rules[0].critical_from: it is {met}, and the rule is met from {met} on: give that severity at once"
    assert flaws(tmp_path, text) == [f"17: {said}"]
    better = text.replace(f"critical_from: {met}", f"critical_from: {met + 1}")
    assert read_scorecard(written(tmp_path, better)).rules[0].critical_from == met + 1


def test_a_value_point_rule_needs_value_points(tmp_path):
    text = GOOD + "rules: [{kind: value_point_missed, name: a}, {kind: silence, name: b, critical_from: 9}]\n"
    assert [rule.name for rule in read_scorecard(written(tmp_path, text)).rules] == ["a", "b"]
    (flaw,) = flaws(tmp_path, _without_value_points(text))
    assert flaw == "15: rules[0].kind: there are no value points: name them under value_points"


def _without_value_points(text: str) -> str:
    lines = text.splitlines()
    place = lines.index("value_points:")
    return "\n".join([*lines[:place], *lines[place + 2 :]])


def test_silence_waits_at_least_until_it_is_known_whether_tracking_fell(tmp_path):
    hasty = GOOD + "rules: [{kind: silence, name: quiet, for: 29s}]\n"
    said = "shorter than the fleet guard needs to tell silence from broken tracking"
    assert flaws(tmp_path, hasty) == [f"17: rules[0].for: 29s is {said}: 30s"]
    soon = written(tmp_path, hasty.replace("29s", "30s"))
    assert read_scorecard(soon).shortest_silence() == 30_000
    with pytest.raises(ScorecardRefused, match=f"30s is {said}: 320s"):
        read_scorecard(soon, least_silence=320_000)


def test_silence_waits_in_a_variant_too(tmp_path):
    variant = "variants: [{name: small, when: {segments: [small]}, rules: [{kind: silence, name: quiet, for: 1s}]}]\n"
    (flaw,) = flaws(tmp_path, GOOD.partition("variants:")[0] + variant)
    assert "variants[0].rules[0].for: 1s is shorter" in flaw
