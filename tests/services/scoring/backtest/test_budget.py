from dataclasses import replace

import numpy as np
import pytest

from schemas.changes import GRAINS_PER_POINT
from schemas.time import DAY
from services.scoring.backtest.alerts import Caseload
from services.scoring.backtest.budget import BUDGETS, MOST, NAIVE, budgeted, places, solved_at
from services.scoring.backtest.judge import RECENCY
from services.scoring.backtest.looks import Weekly
from tests.services.scoring.backtest.histories import day
from tests.services.scoring.backtest.test_leads import weekly

ACCOUNTS, WEEKS = 400, 40
CHURN = 60  # of the accounts leave, at the end: those of the highest scores among the last hundred


def looked(drift=0.0):
    """Scores at random every week, half as much at random as they are about who will leave; nobody falls silent."""
    chance = np.random.default_rng(7)
    account = np.repeat(np.arange(ACCOUNTS, dtype=np.int32), WEEKS)
    week = np.tile(np.arange(WEEKS, dtype=np.int16), ACCOUNTS)
    points = chance.uniform(0, 60, len(account)) + np.where(account < CHURN, 20, 0) + drift * week
    score = (points * GRAINS_PER_POINT).astype(np.int32).reshape(-1, 1)
    silence = chance.integers(0, 20, len(account)) * DAY
    rows = Weekly(account, week, silence, score, np.ones((len(account), 1), np.int8))
    return replace(weekly(acme="h"), accounts=tuple(str(n) for n in range(ACCOUNTS)), weekly=rows)


def caseload(of):
    at = np.array([day(7 * week) for week in range(WEEKS)], np.int64)[of.weekly.week]
    ahead = np.where(of.weekly.account < CHURN, day(7 * WEEKS) - at, 2**62)
    every = np.ones(len(at), np.bool_)
    return Caseload(of.weekly.account, at, ahead, every, every, 90 * DAY)


def test_a_budget_is_kept_where_scores_do_not_drift_and_spent_better_than_by_chance():
    of = looked()
    found = {(it.by, it.budget): it for it in budgeted(caseload(of), of, ("card",))}
    assert set(found) == {(by, budget) for by in ("card", RECENCY) for budget in BUDGETS} | {(NAIVE, None)}
    for budget in BUDGETS:
        card = found["card", budget]
        assert card.realised == pytest.approx(1, abs=0.15)
        assert len(card.months) == 7
        assert card.months_within >= 6
        assert card.alerts.times_chance > 2
        assert card.alerts.covered > 1.3 * card.alerts.covered_by_chance
    assert found[NAIVE, None].realised is None
    assert found[NAIVE, None].alerts.times_chance == pytest.approx(1, abs=0.2)


def test_scores_that_rise_together_overspend_nothing():
    """A number of points, solved from the weeks before, called twice as many as the budget paid for."""
    of = looked(drift=2)
    card = next(it for it in budgeted(caseload(of), of, ("card",)) if it.budget == BUDGETS[0])
    assert card.realised == pytest.approx(1, abs=0.15)


def test_a_book_that_begins_to_stir_overspends_and_that_is_told():
    of = looked()
    score = of.weekly.score.reshape(ACCOUNTS, WEEKS)
    score[:, :20] = score[:, :1]  # the same accounts are bad every week, and told of every month
    card = next(it for it in budgeted(caseload(of), of, ("card",)) if it.budget == BUDGETS[0])
    assert max(card.months) > MOST


def test_a_threshold_knows_nothing_of_what_comes_after():
    of, changed = looked(), looked()
    at = day(7 * 20)
    changed.weekly.score[caseload(of).at >= at] = 0
    drawn = places(caseload(of), of.weekly.score[:, 0])
    solved = [solved_at(caseload(it), places(caseload(it), it.weekly.score[:, 0]), 5, at) for it in (of, changed)]
    assert solved[0] == solved[1] != solved_at(caseload(of), drawn, 9, at)


#   risk   3 1 1 9 | 5 5 -     (- does not count)
#   below  2 0 0 3 | 0 0
def test_a_place_is_how_many_of_the_days_accounts_have_a_lower_risk():
    one, other = day(0), day(7)
    at = np.array([one, other, one, other, one, other, one], np.int64)
    counts = np.array([True, True, True, True, True, False, True])
    of = Caseload(np.arange(7, dtype=np.int32), at, np.full(7, 2**62), counts, counts, 90 * DAY)
    assert places(of, np.array([3, 5, 1, 5, 1, 0, 9])).tolist() == [5_000, 0, 0, 0, 0, 0, 7_500]


def test_without_a_past_there_is_no_threshold():
    of = looked()
    assert solved_at(caseload(of), places(caseload(of), of.weekly.score[:, 0]), 5, day(0)) is None
    short = caseload(of).between(day(0), day(30))
    assert list(budgeted(short, of, ("card",))) == []
