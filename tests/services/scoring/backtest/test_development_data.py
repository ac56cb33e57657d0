"""The question of the development data's README, asked of the data itself; skipped where the data is not."""

from pathlib import Path

import pytest

from services.cli.backtesting import wishes
from services.scoring.backtest.judge import LEVEL, RECENCY, part
from services.scoring.backtest.look import Plan
from services.scoring.backtest.run import run, spread_out

STUDY = Path(__file__).parents[4] / "benchmarks" / "scores.yaml"


def untold(_):
    """Nobody looks on."""


@pytest.mark.parametrize(
    ("name", "rows", "positives", "recency", "level"),
    [
        ("oulad", 5_792, 130, 0.604, 0.636),
        ("onlineretail", 13_986, 3_124, 0.674, 0.642),
    ],
)
def test_the_accounts_asked_about_and_the_baselines_are_those_of_the_readme(name, rows, positives, recency, level):
    [asked] = [one for one in wishes.study(STUDY) if one.name == name]
    if not (STUDY.parent / asked.events).exists():
        pytest.skip("the development data is not here")
    wish = wishes.wish(asked, wishes.Told({}, {}, leaves_one_out=False), STUDY.parent)
    with spread_out(wish.events, wish.columns, untold) as history:
        plan = Plan(wish.question, (), 0, (), wish.outcomes.churned_at)
        looked = run(history, plan, untold)
    found = part("all", looked.asked, wish.question, {}, wish.question.dates)
    assert (found.rows, found.positives) == (rows, positives)
    assert round(found.rated[RECENCY].auc.value, 3) == recency
    assert round(found.rated[LEVEL].auc.value, 3) == level


def test_the_study_tunes_on_what_came_earlier():
    splits = [str(asked.split) for asked in wishes.study(STUDY)]
    assert splits == ["2013-06-01", "2011-01-01", "2020-04-01"]
