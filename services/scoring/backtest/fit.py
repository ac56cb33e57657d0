"""A card's points fitted to outcomes: the same signals, the same signs, drawn towards the card one has.

What is fitted is an ordinary scorecard. It is judged on dates at whose labels it has not looked, and refused where it
is not better there than the card it came from.

FitRefused    why there is no fitted card
"""

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from schemas.scorecard import Scorecard
from schemas.time import Instant
from services.scoring.backtest.calibration import expected
from services.scoring.backtest.evidence import Evidence, Rows
from services.scoring.backtest.logistic import Logistic, fitted
from services.scoring.backtest.logit import logit
from services.scoring.backtest.measures import Estimate, Floats, rated
from services.scoring.backtest.refused import BacktestRefused

LEAST_CHURNS = 20  # below, the card is all there is to know
STRENGTH = 2.0  # of the pull towards the card: 20 churns move little, 500 are followed
SURE = 0.8  # of the draws must find the fit better on later dates
_ALL_POINTS = 100


class FitRefused(BacktestRefused):
    """There is no fitted card; the message says why."""


class Fitted(Struct, frozen=True):
    """What was learnt, from which rows, and how it did on dates it had not seen; caps aside.

    `auc_six`: of the logistic regression of six plain figures that anybody would fit first, on the same rows.
    `expected`: churns expected on the later dates by the fit, its intercept set anew at each date from what was known
    then; `observed` is what came.
    """

    fitted_rows: int
    fitted_churns: int
    judged_rows: int
    judged_churns: int
    auc_card: Estimate
    auc_fit: Estimate
    auc_six: Estimate
    difference: Estimate  # to the card
    over_six: Estimate
    better_in: float  # the share of draws in which the fit is better than the card
    expected: float
    observed: int
    points: dict[str, tuple[int, int]]  # by signal: before, after
    key_features: tuple[str, ...] = ()  # kinds of events that outcomes told of
    friction: tuple[str, ...] = ()


def learnt(rows: Rows, points: Floats, strength: float = STRENGTH) -> Logistic:
    """Weights for these rows, drawn towards the points: the card says in which proportion, the rows how steep."""
    share = points / points.sum()
    whole = fitted((rows.units @ share)[:, None], rows.churns.astype(np.float64), np.zeros(1), 1e-3)
    return fitted(rows.units, rows.churns.astype(np.float64), whole.weights[0] * share, strength)


def fit(found: Evidence, card: Scorecard, at: Instant) -> tuple[Scorecard, Fitted]:
    """A card from what was known at an instant, and how it did on the dates since. Raises FitRefused.

    What the card does not have itself is drawn towards nothing.
    """
    rows, offer = found.rows, found.offer
    past, later = rows.known_at(at), rows.since(at)
    is_enough(past, later, LEAST_CHURNS)
    before = points_before(card, offer)
    model = learnt(past, before)
    points = in_points(model.weights)
    six = logit(past.six, past.churns.astype(np.float64))
    scores = {"card": later.card, "fit": later.units @ points, "six": six.score(later.six)}
    judged_by = rated(scores, later.churns, later.account)
    difference = judged_by["fit"].auc.minus(judged_by["card"].auc)
    report = Fitted(
        fitted_rows=len(past.churns),
        fitted_churns=int(past.churns.sum()),
        judged_rows=len(later.churns),
        judged_churns=int(later.churns.sum()),
        auc_card=judged_by["card"].auc.estimate(),
        auc_fit=judged_by["fit"].auc.estimate(),
        auc_six=judged_by["six"].auc.estimate(),
        difference=difference.estimate(),
        over_six=judged_by["fit"].auc.minus(judged_by["six"].auc).estimate(),
        better_in=float(np.mean(difference.draws[np.isfinite(difference.draws)] > 0)),
        expected=expected(model, rows, at),
        observed=int(later.churns.sum()),
        points={
            weighted.signal: (int(was), int(new))
            for weighted, was, new in zip(offer.signals, before, points, strict=True)
        },
        key_features=found.told.key_features,
        friction=found.told.friction,
    )
    return with_points(offer, points), report


def points_before(card: Scorecard, offer: Scorecard) -> Floats:
    """What the card gives to each signal of its offer."""
    own = {weighted.signal: weighted.points for weighted in card.signals}
    return np.array([own.get(weighted.signal, 0) for weighted in offer.signals], np.float64)


def is_enough(past: Rows, later: Rows, least: int) -> None:
    """Raises FitRefused where there is too little to learn from, or nothing to judge by."""
    churns = len(np.unique(past.account[past.churns]))
    if churns < least:
        msg = f"only {churns} churns were known by then: at least {least} are needed for a fit"
        raise FitRefused(msg)
    if not later.churns.any():
        msg = "nobody churned on the dates since: there is nothing to judge a fit by"
        raise FitRefused(msg)


def judged(report: Fitted) -> None:
    """Raises FitRefused where the fit is not better than its card on the dates it had not seen."""
    if report.better_in < SURE or report.difference.value <= 0:
        it = report.difference
        msg = (
            f"the fit does not beat the card on later dates of the same accounts: AUC {it.value:+.3f} "
            f"({it.low:+.3f} to {it.high:+.3f}), better in {report.better_in:.0%} of draws "
            f"where {SURE:.0%} are needed: keep the card"
        )
        raise FitRefused(msg)


def in_points(weights: Floats) -> Floats:
    """Weights as whole points, together about 100; a weight that rounds to none is none."""
    total = weights.sum()
    points: Floats = np.round(weights * (_ALL_POINTS / total)) if total > 0 else weights
    return points


def with_points(card: Scorecard, points: Floats) -> Scorecard:
    """The card with other points; signals without any go, and a category's cap never binds tighter than before."""
    signals = tuple(
        replace(weighted, points=int(new)) for weighted, new in zip(card.signals, points, strict=True) if new > 0
    )
    total = sum(weighted.points for weighted in signals)
    caps = {
        category: min(100, max(cap, -(-125 * sum(it.points for it in signals if it.category == category) // total)))
        for category, cap in card.categories.items()
        if any(it.category == category for it in signals)
    }
    return replace(card, name=f"{card.name} fitted", signals=signals, categories=caps)
