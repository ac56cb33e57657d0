"""The life of a condition, drawn: a column is an hour."""

import pytest

from schemas.changes import GRAINS_PER_POINT, State
from schemas.conditions import Severity
from schemas.rules import LevelRule
from schemas.time import HOUR
from services.scoring.core.conditions.news import Look, news
from services.scoring.core.reading import Reading
from services.scoring.core.state import new_account
from tests.services.scoring.core import records

MARKS = {"opened": "O", "worsened": "W", "eased": "E", "closed": "C"}


def lived(scores: list[str], rule: LevelRule) -> tuple[list[str], list[str]]:
    """What a rule makes of scores, hour by hour: the news (p while it is pending, - while it is open), the severity."""
    account, card = new_account("acme"), records.card(rules=(rule,))
    line, severities = [], []
    for hour, score in enumerate(scores):
        reading = Reading(int(score) * GRAINS_PER_POINT, State.HEALTHY, None, 1)
        found = news(Look(account, records.DAY_0 + hour * HOUR, card, reading))
        hold = account.holds.get(rule.name)
        quiet = "." if hold is None else "-" if hold.is_open else "p"
        line.append(MARKS[found[0].status] if found else quiet)
        severities.append(hold.severity[0] if hold is not None and hold.is_open else ".")
    return line, severities


@pytest.mark.parametrize(
    ("dwell", "picture"),
    [
        pytest.param(
            "0m",
            """
            20 20 60 62 60 20 20
             .  .  O  -  -  C  .""",
            id="without a dwell it opens at once",
        ),
        pytest.param(
            "2h",
            """
            20 60 60 20 60 60 60 60 20 20
             .  p  p  .  p  p  O  -  C  .""",
            id="a peak shorter than the dwell opens nothing, and the next one begins anew",
        ),
        pytest.param(
            "2h",
            """
            20 60 50 60 51 52 49
             .  p  p  O  -  -  C""",
            id="what is not clear yet still holds, also while it is pending",
        ),
        pytest.param(
            "0m",
            """
            59 60 58 61 57 62 53 61 49 59 50 59 60 49
             .  O  -  -  -  -  -  -  C  .  .  .  O  C""",
            id="what wavers around the threshold is one condition, and begins again at the threshold only",
        ),
        pytest.param(
            "0m",
            """
            60 69 70 79 80 90 81 80 71 70 60 50 49
             O  -  W  -  W  W  -  E  -  E  E  E  C""",
            id="ten points are news, up and down",
        ),
        pytest.param(
            "3h",
            """
            60 90 95 90 80 90 40
             p  p  p  O  E  W  C""",
            id="what happens while it is pending is not told",
        ),
    ],
)
def test_a_condition_lives_as_drawn(dwell: str, picture: str):
    scores, line = (row.split() for row in picture.strip().splitlines())
    assert lived(scores, LevelRule(name="high", threshold=60, clear=50, dwell=dwell))[0] == line


def test_severity_rises_at_its_threshold_and_falls_with_news_only():
    rule = LevelRule(name="high", threshold=60, clear=50, severity=Severity.INFO, critical_from=75)
    scores, line, severities = (
        row.split()
        for row in """
            60 68 74 75 74 76 66 65 75 74 49
             O  -  W  W  -  -  -  E  W  -  C
             i  i  i  c  c  c  c  i  c  c  .""".strip().splitlines()
    )
    assert lived(scores, rule) == (line, severities)
