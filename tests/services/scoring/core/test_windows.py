"""Windows against what is slow and obvious: a dict of counts, a set of days."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.windows import RING_DAYS, USER_DAYS, DayCounts, Days, mark, was_active

days = st.lists(st.integers(20_000, 20_300), max_size=60)
spans = st.tuples(st.integers(19_800, 20_500), st.integers(-5, 200))


def counted(added: list[int]) -> DayCounts:
    counts = DayCounts()
    for day in added:
        counts.add(day)
    return counts


@given(days, spans)
def test_a_ring_counts_what_a_dict_counts_over_its_last_days(added: list[int], span: tuple[int, int]):
    first, last = span[0], span[0] + span[1]
    newest = max(added, default=0)
    expected = Counter(day for day in added if newest - RING_DAYS < day <= newest)
    assert counted(added).total(first, last) == sum(n for day, n in expected.items() if first <= day <= last)


@given(st.lists(st.tuples(st.integers(200, 310), spans), max_size=40))
def test_what_a_ring_remembers_of_its_sums_is_what_it_would_sum_anew(steps: list[tuple[int, tuple[int, int]]]):
    asked = DayCounts()
    for n, (day, (_, length)) in enumerate(steps):
        asked.add(day)
        windows = [(one - length, one) for one, _ in steps[: n + 1]]
        fresh = DayCounts(asked.newest, list(asked.counts))
        assert [asked.total(*window) for window in windows] == [fresh.total(*window) for window in windows]


@given(st.lists(st.integers(200, 300), min_size=1, max_size=60), st.lists(st.integers(1, 100), min_size=1, max_size=4))
def test_windows_that_move_on_day_by_day_are_what_they_would_be_summed_anew(added: list[int], lengths: list[int]):
    asked = counted(added)
    for today in range(asked.newest, asked.newest + RING_DAYS + 10):
        fresh = DayCounts(asked.newest, list(asked.counts))
        windows = [(today - length, today) for length in lengths]
        assert [asked.total(*window) for window in windows] == [fresh.total(*window) for window in windows]


@given(days, st.integers(0, 2**32))
def test_a_ring_is_the_same_in_whatever_order_days_come(added: list[int], seed: int):
    shuffled = Random(seed).sample(added, len(added))
    one, other = counted(added), counted(shuffled)
    assert (one.newest, one.counts) == (other.newest, other.counts)


#                 ring of 92 days, newest 291
#      199 |200 ................................ 291| 292
#       |    |                                    |
#     refused oldest kept                       newest
@pytest.mark.parametrize(
    ("first", "last", "events"),
    [
        pytest.param(200, 291, 3, id="the whole ring"),
        pytest.param(201, 290, 1, id="without its ends"),
        pytest.param(200, 200, 1, id="its oldest day"),
        pytest.param(0, 199, 0, id="before it"),
        pytest.param(292, 400, 0, id="after it"),
        pytest.param(260, 250, 0, id="no days"),
        pytest.param(0, 10_000, 3, id="more than there is"),
    ],
)
def test_days_outside_the_ring_count_nothing(first: int, last: int, events: int):
    counts = counted([250, 291, 200, 199])
    assert counts.total(first, last) == events


def test_a_day_that_leaves_the_ring_is_forgotten_when_its_place_is_taken():
    counts = counted([100, 101, 100 + RING_DAYS])
    assert (counts.total(100, 100), counts.total(101, 101)) == (0, 1)


@given(days)
def test_a_set_of_days_is_a_set(added: list[int]):
    found, expected = Days(), set[int]()
    for day in added:
        assert found.add(day) == (day not in expected)
        expected.add(day)
    assert {found.origin + bit for bit in range(found.mask.bit_length()) if found.mask >> bit & 1} == expected
    assert found.count == len(expected)
    if expected:
        assert (found.origin, found.newest) == (min(expected), max(expected))


@given(days, spans)
def test_the_days_of_a_user_are_the_last_64_of_a_set(added: list[int], span: tuple[int, int]):
    newest, mask = (added[0], 0) if added else (0, 0)
    for day in added:
        newest, mask = mark(newest, mask, day)
    first, last = span[0], span[0] + span[1]
    expected = {day for day in added if newest - USER_DAYS < day}
    assert was_active(newest, mask, first, last) == any(first <= day <= last for day in expected)
    assert mask.bit_length() <= USER_DAYS
    assert newest == max(added, default=0)


@given(days, spans)
def test_a_span_of_days_says_how_many_there_are_and_which_are_its_ends(added: list[int], span: tuple[int, int]):
    found = Days()
    for day in added:
        found.add(day)
    first, last = span[0], span[0] + span[1]
    expected = sorted({day for day in added if first <= day <= last})
    count, begins, ends = found.span(first, last)
    assert count == len(expected)
    assert not expected or (begins, ends) == (expected[0], expected[-1])


def test_a_span_that_ends_before_it_begins_has_no_days():
    assert Days(100, 0b1).span(50, 99)[0] == 0
