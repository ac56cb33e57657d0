import numpy as np
import pytest
from msgspec.structs import replace

from schemas.scorecard import Bands, Scorecard, Weighted
from schemas.time import DAY
from services.scoring.backtest.evidence import Evidence, Rows, offered
from services.scoring.backtest.fit import FitRefused, Fitted, fit, judged, learnt, with_points
from services.scoring.backtest.logistic import Logistic, fitted, levelled
from services.scoring.backtest.looks import NEVER
from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.scarce import scarce
from services.scoring.backtest.telling import NOTHING_TOLD, Telling
from tests.services.scoring.backtest.histories import day

CARD = Scorecard(
    name="ours",
    signals=(
        Weighted(signal="recency", points=50, category="silence"),
        Weighted(signal="level", points=50, category="usage"),
    ),
    bands=Bands(watch=40, at_risk=60),
    categories={"silence": 60, "usage": 60},
)
POINTS = np.array([50.0, 50.0])


def rows(count, weights, seed=1, dates=4):
    """Accounts whose churn depends on their units by these weights, asked about once every thirty days."""
    chance = np.random.default_rng(seed)
    units = chance.random((count, 2))
    churns = chance.random(count) < 1 / (1 + np.exp(4.0 - units @ np.array(weights)))
    at = np.array([day(30 * (number % dates)) for number in range(count)], np.int64)
    ahead = np.where(churns, (chance.random(count) * 30 * DAY).astype(np.int64), NEVER)
    return Rows(units, units @ POINTS, units[:, ::-1], churns, np.arange(count, dtype=np.int32), at, ahead, 30 * DAY)


def from_rows(found):
    """The evidence of rows that tell of no event."""
    return Evidence(found, CARD, NOTHING_TOLD)


def test_what_nobody_churns_by_gets_no_weight_and_never_a_negative_one():
    found = learnt(rows(4_000, (5.0, -3.0)), POINTS)
    assert found.weights[1] == 0
    assert found.weights[0] > 2


def test_few_churns_leave_the_card_as_it_is_and_many_are_followed():
    few, many = learnt(rows(60, (5.0, 0.0)), POINTS), learnt(rows(20_000, (5.0, 0.0)), POINTS)
    assert abs(few.weights[0] - few.weights[1]) < 0.5 * few.weights.sum()
    assert many.weights[1] < 0.1 * many.weights[0]


def test_weights_are_the_most_likely_ones():
    data = rows(3_000, (3.0, 1.0))
    found = fitted(data.units, data.churns.astype(float), np.zeros(2), 0.5)

    def loss(model):
        chance = model.chance(data.units)
        likely = np.where(data.churns, chance, 1 - chance)
        return -np.log(likely).sum() + 0.25 * (model.weights**2).sum()

    best = loss(found)
    for step in ((0.01, 0, 0), (-0.01, 0, 0), (0, 0.01, 0), (0, -0.01, 0), (0, 0, 0.01), (0, 0, -0.01)):
        assert loss(Logistic(found.intercept + step[0], found.weights + np.array(step[1:]))) > best


def test_an_intercept_set_anew_expects_what_happened():
    data = rows(2_000, (3.0, 1.0))
    happened = data.churns.astype(float)
    half = np.full(len(happened), 0.5)
    found = levelled(Logistic(9.0, np.array([3.0, 1.0])), data.units, half, happened.sum() / 2)
    assert found.chance(data.units).sum() == pytest.approx(happened.sum())


def test_a_fit_learns_from_labels_known_by_then_and_is_judged_on_dates_since():
    made, report = fit(from_rows(rows(8_000, (5.0, 0.0))), CARD, day(60))
    assert (report.fitted_rows, report.judged_rows) == (4_000, 4_000)
    assert report.difference.value > 0.02
    assert 0.75 < report.observed / report.expected < 1.35
    assert made.signals[0].points > 80
    assert made.categories["silence"] >= made.signals[0].points
    judged(report)


def test_labels_that_were_not_known_yet_are_purged():
    """Of 30 days' horizon, a date 29 days before the split has no label at it."""
    _, report = fit(from_rows(rows(8_000, (5.0, 0.0))), CARD, day(59))
    assert (report.fitted_rows, report.judged_rows) == (2_000, 4_000)


def test_too_few_churns_are_refused():
    with pytest.raises(FitRefused, match=r"only \d+ churns were known by then: at least 20"):
        fit(from_rows(rows(100, (2.0, 0.0))), CARD, day(60))


def test_a_fit_that_nothing_can_judge_is_refused():
    data = rows(4_000, (5.0, 0.0))
    data.churns[data.at >= day(60)] = False
    with pytest.raises(FitRefused, match="nobody churned on the dates since"):
        fit(from_rows(data), CARD, day(60))


def test_a_fit_that_does_not_beat_its_card_is_refused():
    nothing = Estimate(-0.001, -0.02, 0.018)
    report = Fitted(1, 1, 1, 1, nothing, nothing, nothing, nothing, nothing, 0.45, 1.0, 1, {})
    with pytest.raises(FitRefused, match=r"does not beat the card .* AUC -0\.001 \(-0\.020 to \+0\.018\)"):
        judged(report)
    with pytest.raises(FitRefused):
        judged(replace(report, difference=Estimate(0.001, -0.02, 0.018), better_in=0.79))
    judged(replace(report, difference=Estimate(0.001, -0.02, 0.018), better_in=0.8))


def test_more_signals_are_offered_and_those_without_points_go():
    offer = offered(CARD)
    assert [it.signal for it in offer.signals] == ["recency", "level", "volume", "depth", "stickiness"]
    kept = with_points(offer, np.array([60.0, 0.0, 40.0, 0.0, 0.0]))
    assert [(it.signal, it.points) for it in kept.signals] == [("recency", 60), ("volume", 40)]
    assert list(kept.categories) == ["silence"]


def test_what_outcomes_told_joins_the_names_of_the_card():
    offer = offered(CARD, Telling(key_features=("message",), friction=("advert",)))
    assert [it.signal for it in offer.signals[-2:]] == ["friction", "key_level"]
    assert (offer.inputs.key_features, offer.inputs.friction) == (("message",), ("advert",))


def test_the_six_plain_figures_are_fitted_to_the_same_rows():
    _, report = fit(from_rows(rows(8_000, (5.0, 0.0))), CARD, day(60))
    assert report.over_six.value == pytest.approx(report.auc_fit.value - report.auc_six.value)
    assert report.auc_six.value == pytest.approx(report.auc_fit.value, abs=0.01)  # here they are the very units


def test_fits_to_few_churns_gain_little_and_lose_little():
    found = scarce(from_rows(rows(8_000, (5.0, 1.0))), CARD, day(60), 20, draws=20)
    many = scarce(from_rows(rows(8_000, (5.0, 1.0))), CARD, day(60), 400, draws=3)
    assert (found.churns, len(found.gains)) == (20, 20)
    assert -0.01 < found.worst <= found.median < many.median


def test_more_churns_than_there_were_are_refused():
    with pytest.raises(FitRefused, match=r"only \d+ churns were known by then: at least 4000"):
        scarce(from_rows(rows(4_000, (5.0, 0.0))), CARD, day(60), 4_000)
