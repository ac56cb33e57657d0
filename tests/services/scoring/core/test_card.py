import pytest

from schemas.changes import State
from services.scoring.core.card import UnknownSignal, card_of
from tests.services.scoring.core.records import card, scorecard

POINT = 1_024
H, W, R = State.HEALTHY, State.WATCH, State.AT_RISK


#   points   0 ........ 43 | 45 ............ 63 | 65 ...... 100
#   up       healthy         watch                at_risk
#   down     healthy    ---- watch          ---- at_risk         left 2 points below where they began
@pytest.mark.parametrize(
    ("grains", "before", "band"),
    [
        pytest.param(0, None, H, id="no risk"),
        pytest.param(45 * POINT - 1, None, H, id="just below watch"),
        pytest.param(45 * POINT, None, W, id="watch begins"),
        pytest.param(65 * POINT - 1, None, W, id="just below at_risk"),
        pytest.param(65 * POINT, None, R, id="at_risk begins"),
        pytest.param(100 * POINT, None, R, id="all the risk"),
        pytest.param(45 * POINT - 1, H, H, id="healthy is left where watch begins"),
        pytest.param(45 * POINT, H, W, id="from healthy to watch"),
        pytest.param(65 * POINT, H, R, id="from healthy to at_risk"),
        pytest.param(43 * POINT, W, W, id="watch holds on to 2 points below"),
        pytest.param(43 * POINT - 1, W, H, id="then it is left"),
        pytest.param(65 * POINT - 1, W, W, id="watch does not lower the bar of at_risk"),
        pytest.param(63 * POINT, R, R, id="at_risk holds on to 2 points below"),
        pytest.param(63 * POINT - 1, R, W, id="then it is left for watch"),
        pytest.param(43 * POINT, R, W, id="past watch, too, 2 points below"),
        pytest.param(43 * POINT - 1, R, H, id="from at_risk to healthy"),
        pytest.param(44 * POINT, State.UNKNOWN, H, id="who was unknown was in no band"),
    ],
)
def test_a_band_is_entered_where_it_begins_and_left_below(grains: int, before: State | None, band: State):
    assert card().band(grains, before) is band


def test_a_card_is_labelled_by_version_and_hash():
    made = card_of(scorecard({"recency": 30, "level": 10}, moments=("payment_failed",)), 3, "0f343b0931126a20")
    assert (made.label, made.version, made.all_points, made.moments, made.minimum_age_days) == (
        "3-0f343b09",
        3,
        40,
        frozenset({"payment_failed"}),
        7,
    )
    assert [(name, points) for name, _, points in made.signals] == [("recency", 30), ("level", 10)]


def test_a_signal_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(UnknownSignal, match="no signal is called karma; there are life_rate, recency"):
        card({"recency": 1, "karma": 2})
