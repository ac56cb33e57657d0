import pytest

from schemas.time import HOUR
from services.scoring.backtest.buckets import spread
from services.scoring.backtest.sentences import silence_told
from services.scoring.backtest.silence import Ends, Silences, silences, watched
from tests.services.scoring.backtest.histories import EVENTS, day, noons, write_csv

WEEKLY = range(0, 100, 7)


def untold(_):
    """Nobody looks on."""


def of(tmp_path, events, churned, unobserved=None):
    left = {**(unobserved or {}), **churned}
    history = spread(write_csv(tmp_path / "e.csv", events), EVENTS, tmp_path, untold)
    return silences(one for file in history.files for one in watched(file, Ends(left, churned, day(200))))


def test_an_account_that_came_back_after_its_deadline_is_a_false_alarm(tmp_path):
    found = of(tmp_path, {"acme": noons([*WEEKLY, 160, 167, 174, 181, 188, 195])}, {})
    assert (found.accounts, found.came_back, found.churned, found.gone) == (1, 1, 0, 0)
    assert found.months == pytest.approx((195 - 56) / 30.4)  # from the eighth gap on


def test_who_keeps_its_rhythm_never_passes_one(tmp_path):
    found = of(tmp_path, {"acme": noons(range(0, 200, 7))}, {})
    assert (found.came_back, found.churned, found.gone, found.over_stated) == (0, 0, 0, 0.0)


def test_a_silence_that_ends_in_a_churn_is_none_and_one_that_ends_in_nothing_is_told(tmp_path):
    found = of(tmp_path, {"left": noons(WEEKLY), "gone": noons(WEEKLY)}, {"left": day(180)})
    assert (found.came_back, found.churned, found.gone) == (0, 1, 1)


def test_a_churn_before_the_deadline_says_nothing(tmp_path):
    found = of(tmp_path, {"left": noons(WEEKLY)}, {"left": day(100)})
    assert (found.accounts, found.came_back, found.churned, found.gone) == (1, 0, 0, 0)


def test_who_is_observed_no_longer_is_not_awaited(tmp_path):
    watched = of(tmp_path, {"gone": noons(WEEKLY)}, {})
    unwatched = of(tmp_path, {"gone": noons(WEEKLY)}, {}, {"gone": day(100)})
    assert (watched.gone, unwatched.gone) == (1, 0)


def test_an_account_without_a_rhythm_is_not_watched(tmp_path):
    found = of(tmp_path, {"new": noons([0, 7, 14])}, {})
    assert (found.accounts, found.over_stated) == (0, None)
    assert "no silence deadlines" in silence_told(found)


def test_several_events_of_a_day_are_one_day(tmp_path):
    once = of(tmp_path, {"acme": noons(WEEKLY)}, {})
    often = of(tmp_path, {"acme": [at + more for at in noons(WEEKLY) for more in (0, HOUR, 2 * HOUR)]}, {})
    assert (once.gone, often.gone) == (1, 1)
    assert often.months == pytest.approx(once.months)


def test_a_dying_population_is_told():
    dying = Silences(100, 300.0, 3, 1, 80)
    assert dying.is_dying
    assert "a dying population" in silence_told(dying)
    assert not Silences(100, 300.0, 30, 20, 10).is_dying
    assert dying.over_stated == pytest.approx(3 / 300 / 0.1)
