"""A score drawn as its parts adds up as it is drawn."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.cli.waterfall import bars, tenths

PARTS = st.lists(st.integers(0, 14 * 1024).map(lambda grains: grains / 1024), max_size=7)


@given(PARTS)
def test_parts_as_shown_sum_to_the_score_as_shown(parts):
    assert sum(tenths(parts)) == int(sum(parts) * 10 + 0.5)


@given(PARTS)
def test_no_part_is_shown_a_tenth_or_more_from_what_it_is(parts):
    assert all(abs(shown / 10 - part) < 0.1 for shown, part in zip(tenths(parts), parts, strict=True))


@given(PARTS)
def test_bars_lie_end_to_end_from_nothing_to_the_score(parts):
    laid = bars(parts, width=40)

    assert all(closes == opens for (_, closes), (opens, _) in pairwise(laid))
    assert all(opens <= closes for opens, closes in laid)
    if parts:
        assert (laid[0][0], laid[-1][1]) == (0, bars([sum(parts)], width=40)[0][1])
