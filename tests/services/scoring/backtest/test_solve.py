import numpy as np
import pytest

from schemas.scorecard import Bands
from schemas.time import DAY
from services.scoring.backtest.refused import QuestionRefused
from services.scoring.backtest.solve import Book, Budget, Solution, book_of, solution, solve, with_bands
from tests.services.scoring.backtest.histories import CARD, day
from tests.services.scoring.backtest.test_leads import WEEKS, weekly

ACCOUNTS, LOOKS = 200, 40


def book(points=None):
    """Two hundred accounts once a week for forty weeks; each keeps its score, 0 to 99.5, unless told."""
    account = np.repeat(np.arange(ACCOUNTS, dtype=np.int32), LOOKS)
    at = np.tile(np.array([day(7 * week) for week in range(LOOKS)], np.int64), ACCOUNTS)
    return Book(account, at, account / 2 if points is None else points)


def test_bands_hold_the_shares_of_the_book_that_were_asked_for():
    assert solve(book(), Budget(at_risk=0.05, not_green=0.2), day(280)) == (95, 80)


def test_only_the_past_is_used():
    points = np.where(book().at < day(200), book().account / 2, 99.0)
    assert solve(book(points), Budget(), day(200)) == solve(book(), Budget(), day(200))
    assert solve(book(points), Budget(), day(210)) != solve(book(), Budget(), day(210))


def test_a_number_of_alerts_is_met_as_near_as_whole_points_allow():
    chance = np.random.default_rng(5)
    jumpy = book(chance.uniform(0, 100, ACCOUNTS * LOOKS))
    at_risk, watch = solve(jumpy, Budget(alerts=10), day(280))
    assert jumpy.alerts(at_risk, day(280 - 84)) == pytest.approx(10, rel=0.25)
    assert watch < at_risk


def test_watch_begins_below_at_risk_even_where_the_budgets_are_the_same():
    assert solve(book(), Budget(at_risk=0.2, not_green=0.2), day(280)) == (80, 79)


def test_each_month_tells_how_its_solution_did():
    found = solution(book(), Budget(), day(280))
    assert len(found.months) == 6
    assert all(month.at_risk_over_budget == pytest.approx(1.0) for month in found.months)
    assert all(month.not_green_over_budget == pytest.approx(1.0) for month in found.months)


def test_a_book_that_worsens_overspends_its_budget_and_that_is_told():
    drifting = book().account / 2 + (book().at - day(0)) / DAY / 14
    months = solution(book(drifting), Budget(), day(280)).months
    assert all((month.at_risk_over_budget or 0) > 1.2 for month in months)


def test_alerts_are_told_over_their_budget_too():
    chance = np.random.default_rng(5)
    months = solution(book(chance.uniform(0, 100, ACCOUNTS * LOOKS)), Budget(alerts=10), day(280)).months
    assert [month.at_risk_over_budget for month in months] == pytest.approx([1] * 6, abs=0.6)


def test_too_little_past_is_refused():
    with pytest.raises(QuestionRefused, match="only 0 weekly scores"):
        solve(book(), Budget(), day(0))


def test_a_month_after_which_nobody_was_left_says_nothing():
    found = solution(book().between(day(0), day(226)), Budget(), day(250))
    assert [month.at_risk_over_budget is None for month in found.months] == [False] * 5
    gone = Book(*(column[book().at < day(112)] for column in (book().account, book().at, book().points)))
    after = solution(
        Book(*map(np.concatenate, zip(_parts(gone), _parts(book().between(day(252), day(280))), strict=True))),
        Budget(),
        day(280),
    )
    assert after.months[0].at_risk_over_budget is None


def _parts(it):
    return it.account, it.at, it.points


def test_accounts_long_silent_are_not_in_the_book():
    looked = weekly(acme="hhhh", beta="????")
    assert len(book_of(looked, 0, WEEKS, 28 * DAY).points) == 8
    looked.weekly.silence[:4] = 60 * DAY
    looked.weekly.score[4:] = -1
    assert len(book_of(looked, 0, WEEKS, 28 * DAY).points) == 0


def test_a_solution_becomes_the_bands_of_a_card():
    assert with_bands(CARD, Solution(31, 22, 100, ())).bands == Bands(watch=22, at_risk=31, hysteresis=2)
    assert with_bands(CARD, Solution(31, 30, 100, ())).bands == Bands(watch=30, at_risk=31, hysteresis=0)
