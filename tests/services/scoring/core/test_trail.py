"""What a fall is measured against, held against looking at every score of the window."""

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.trail import Trail

days_and_scores = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50)), min_size=1, max_size=60)


@given(days_and_scores, st.integers(1, 20), st.integers(1, 20))
def test_the_rise_is_that_above_the_lowest_score_of_the_window(passed: list[tuple[int, int]], within: int, more: int):
    trail, day = Trail(), 100
    seen: list[tuple[int, int]] = []
    for later, score in passed:
        day += later
        seen.append((day, score))
        trail.note("card", day, score, days=within + more)
        lowest = min(one for then, one in seen if then >= day - within)
        assert trail.rise(day, within) == score - lowest
        assert len(trail.lows) <= within + more + 1
        assert Trail(*trail.packed()).packed() == trail.packed()


def test_a_clock_that_goes_back_over_midnight_keeps_days_in_order():
    trail = Trail()
    for day, score in ((100, 5), (101, 9), (100, 7)):
        trail.note("card", day, score, days=7)
    assert (trail.lows, trail.rise(100, 7)) == ([(100, 5)], 2)


def test_another_card_is_no_rise_and_one_that_was_under_way_stays():
    trail = Trail()
    trail.note("1-aa/", 100, 30, days=7)
    trail.note("1-aa/", 101, 50, days=7)
    trail.note("2-bb/", 102, 10, days=7)
    assert trail.rise(102, 7) == 20
    trail.note("2-bb/", 103, 15, days=7)
    assert trail.rise(103, 7) == 25
