import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.backtest.threshold import HIGHEST, nearest


@given(st.lists(st.floats(0, 1), min_size=HIGHEST + 1, max_size=HIGHEST + 1), st.floats(0.001, 1))
def test_it_is_the_nearest_of_all_thresholds(rates, wanted):
    falling = sorted(rates, reverse=True)
    found = nearest(falling.__getitem__, wanted)
    far = [abs((rate + 1e-6) / (wanted + 1e-6)) for rate in falling]
    best = min(max(ratio, 1 / ratio) for ratio in far)
    assert max(far[found], 1 / far[found]) == pytest.approx(best)


def test_what_cannot_be_spent_gives_an_end():
    assert (nearest(lambda _: 0.0, 0.5), nearest(lambda _: 1.0, 0.5)) == (HIGHEST, HIGHEST)


def test_of_thresholds_that_spend_the_same_it_is_the_highest():
    assert nearest(lambda threshold: 0.4 if threshold < 36 else 0.2 if threshold < 46 else 0.1, 0.25) == 45
