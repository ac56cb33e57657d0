"""The rhythm against the same formulas in floating point, Student's t by integration of its density."""

import math
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.time import DAY
from services.scoring.core.fixed import ONE
from services.scoring.core.rhythm import GAPS, last_gaps, rhythm_of, silence_deadline, surprise
from services.scoring.core.windows import Days

gap_lists = st.lists(st.integers(1, 60), max_size=50)


def days_with(gaps: list[int]) -> Days:
    """Active days apart by these gaps, the oldest first."""
    days = Days()
    day = 20_000
    days.add(day)
    for gap in gaps:
        day += gap
        days.add(day)
    return days


@cache
def exceeds(t: float, freedom: int) -> float:
    """The probability that Student's t is larger, by Simpson's rule."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    steps = 200
    width = t / steps
    heights = [scale * math.pow(1 + (n * width) ** 2 / freedom, -(freedom + 1) / 2) for n in range(steps + 1)]
    inside = heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])
    return 0.5 - inside * width / 3


@cache
def quantile(tail: float, freedom: int) -> float:
    low, high = 0.0, 30.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if exceeds(middle, freedom) > tail else (low, middle)
    return low


def reference(gaps: list[int]) -> tuple[float, float, float]:
    """Mean and deviation of the log-gaps, shrunk towards a week, and the patience in days."""
    logs = [math.log(gap) for gap in gaps]
    n = len(gaps)
    mean = (sum(logs) + 3 * math.log(7)) / (n + 3)
    deviation = math.sqrt((sum((log - mean) ** 2 for log in logs) + 3 * 1.2**2) / (n + 3))
    if n < 8:
        return mean, deviation, math.inf
    tail = min(0.25, 0.1 * (sum(gaps) / n) / 30.4)
    return mean, deviation, math.exp(mean + quantile(round(tail, 4), n - 1) * deviation * math.sqrt(1 + 1 / n))


@given(gap_lists)
def test_the_gaps_are_the_last_ones_newest_first(gaps: list[int]):
    assert last_gaps(days_with(gaps)) == tuple(gaps[::-1][:GAPS])


@given(gap_lists)
def test_mean_and_deviation_are_those_of_floating_point(gaps: list[int]):
    rhythm = rhythm_of(days_with(gaps))
    mean, deviation, _ = reference(gaps[-GAPS:])
    assert rhythm.gaps == min(len(gaps), GAPS)
    assert rhythm.mean / ONE == pytest.approx(mean, abs=3e-6)
    assert rhythm.deviation / ONE == pytest.approx(deviation, abs=3e-6)


@given(st.lists(st.integers(1, 60) | st.integers(60, 200), min_size=8, max_size=50))
def test_the_patience_is_that_of_floating_point_within_3_per_cent(gaps: list[int]):
    patience = rhythm_of(days_with(gaps)).patience
    assert patience is not None
    assert patience / DAY == pytest.approx(reference(gaps[-GAPS:])[2], rel=0.03)


@given(st.lists(st.integers(1, 60), max_size=7))
def test_below_eight_gaps_there_is_no_deadline(gaps: list[int]):
    assert silence_deadline(days_with(gaps), 20_000 * DAY) is None


def test_a_deadline_counts_from_the_last_event():
    active = days_with([1, 2, 1, 3, 1, 2, 1, 4])
    patience = rhythm_of(active).patience
    assert patience is not None
    assert silence_deadline(active, 20_015 * DAY + 5) == 20_015 * DAY + 5 + patience


@given(st.lists(st.integers(7, 20), min_size=8, max_size=32), st.integers(2, 4))
def test_whoever_is_away_for_longer_than_the_weekly_user_all_are_shrunk_towards_is_given_more_time(
    gaps: list[int], times: int
):
    usual, slower = rhythm_of(days_with(gaps)), rhythm_of(days_with([gap * times for gap in gaps]))
    assert usual.patience is not None
    assert slower.patience is not None
    assert slower.patience > usual.patience


@pytest.mark.parametrize(
    ("gap", "days"),
    [pytest.param(1, 3, id="daily"), pytest.param(7, 14, id="weekly"), pytest.param(14, 24, id="biweekly")],
)
def test_an_account_like_clockwork_has_a_patience_of_some_gaps(gap: int, days: int):
    patience = rhythm_of(days_with([gap] * GAPS)).patience
    assert patience is not None
    assert patience // DAY == days


@given(gap_lists, st.integers(0, 400))
def test_a_longer_silence_is_never_less_surprising(gaps: list[int], silent: int):
    rhythm = rhythm_of(days_with(gaps))
    assert surprise(rhythm, silent) <= surprise(rhythm, silent + 1)
    mean, deviation, _ = reference(gaps[-GAPS:])
    assert surprise(rhythm, silent) / ONE == pytest.approx((math.log(max(1, silent)) - mean) / deviation, abs=5e-5)
