import pytest
from msgspec.structs import replace

from schemas.scorecard import Bands, Inputs, Scorecard, Stage, ValuePoint, Variant, Weighted, When
from services.scoring.difference import differences

OLD = Scorecard(
    name="old",
    signals=(Weighted(signal="recency", points=10), Weighted(signal="silence", points=5, category="silence")),
    categories={"silence": 40},
    bands=Bands(watch=45, at_risk=65),
    moments=("a", "b"),
)
LARGE = Variant(name="large", when=When(segments=("l",), stages=(Stage.LIVE,)), bands=Bands(watch=10, at_risk=20))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"name": "new"}, ["name new, was old"], id="the name"),
        pytest.param(
            {"signals": (OLD.signals[0], Weighted(signal="silence", points=9))},
            ["signals, silence: points 9, was 5", "signals, silence: category is gone (was silence)"],
            id="points, and a category no more",
        ),
        pytest.param(
            {"signals": (*OLD.signals, Weighted(signal="level", points=3))},
            ["signals: level is new (points 3)"],
            id="a signal more",
        ),
        pytest.param(
            {"signals": OLD.signals[:1]},
            ["signals: silence is gone (was points 5, category silence)"],
            id="a signal less",
        ),
        pytest.param({"signals": OLD.signals[::-1]}, [], id="another order"),
        pytest.param({"bands": Bands(watch=45, at_risk=70)}, ["bands: at_risk 70, was 65"], id="a band"),
        pytest.param({"categories": {"silence": 30}}, ["categories: silence 30, was 40"], id="a cap"),
        pytest.param({"moments": ("a", "c")}, ["moments a + c, was a + b"], id="moments"),
        pytest.param({"moments": ()}, ["moments is gone (was a + b)"], id="no moments"),
        pytest.param({"inputs": Inputs(friction=("e",))}, ["inputs is new (friction e)"], id="inputs"),
        pytest.param(
            {"value_points": (ValuePoint(name="first", events=("r",), within_days=9),)},
            ["value_points is new (first events r, within_days 9)"],
            id="value points",
        ),
        pytest.param(
            {"variants": (LARGE,)},
            ["variants is new (large when segments l, stages live, bands watch 10, at_risk 20)"],
            id="a variant",
        ),
    ],
)
def test_a_difference_is_said_in_words(changed, said):
    assert differences(OLD, replace(OLD, **changed)) == said


def test_inside_a_variant_a_difference_names_it():
    old, new = (
        replace(OLD, variants=(LARGE,)),
        replace(OLD, variants=(replace(LARGE, bands=Bands(watch=11, at_risk=20)),)),
    )
    assert differences(old, new) == ["variants, large, bands: watch 11, was 10"]
