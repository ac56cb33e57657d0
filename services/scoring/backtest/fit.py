"""A card's points fitted to outcomes: the same signals, the same signs, drawn towards the card one has.

What is fitted is an ordinary scorecard. It is judged on dates at whose labels it has not looked, and refused where it
is not better there than the card it came from.

FitRefused    why there is no fitted card
"""

from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from schemas.scorecard import Scorecard, Weighted
from schemas.time import Instant
from services.scoring.backtest.logistic import Logistic, fitted, refitted
from services.scoring.backtest.looks import Asked
from services.scoring.backtest.measures import Estimate, Floats, rated
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import BacktestRefused

LEAST_CHURNS = 20  # below, the card is all there is to know
STRENGTH = 2.0  # of the pull towards the card: 20 churns move little, 500 are followed
SURE = 0.8  # of the draws must find the fit better on later dates
ALSO = ("volume", "recency", "depth", "stickiness")  # need no facts and no names; on some products they say more
_ALL_POINTS = 100


class FitRefused(BacktestRefused):
    """There is no fitted card; the message says why."""


class Fitted(Struct, frozen=True):
    """What was learnt, from which rows, and how it did on dates it had not seen.

    `expected`: churns expected on the later dates by the fit, its intercept set anew at each date from what was known
    then; `observed` is what came.
    """

    fitted_rows: int
    fitted_churns: int
    judged_rows: int
    judged_churns: int
    auc_card: Estimate
    auc_fit: Estimate
    difference: Estimate
    better_in: float  # the share of draws in which the fit is better
    expected: float
    observed: int
    points: dict[str, tuple[int, int]]  # by signal: before, after


class Rows(NamedTuple):
    """The question's rows as a fit sees them: units (what abstained is filled in), labels, and when they are known."""

    units: Floats
    churns: NDArray[np.bool_]
    account: NDArray[np.int32]
    at: NDArray[np.int64]
    known_at: NDArray[np.int64]

    def where(self, rows: NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        return Rows(self.units[rows], self.churns[rows], self.account[rows], self.at[rows], self.known_at[rows])


def rows_of(asked: Asked, units: NDArray[np.float32], card: Scorecard, question: Question) -> Rows:
    """The rows under a card without variants. What abstained leaves its points to the others, as in a score."""
    points = np.array([weighted.points for weighted in card.signals], np.float64)
    known = ~np.isnan(units)
    shared = np.where(known, units, 0) @ points / np.maximum(known @ points, 1)
    at = np.array(question.dates, np.int64)[asked.date]
    filled = np.where(known, units, shared[:, None]).astype(np.float64)
    return Rows(filled, asked.churns, asked.account, at, at + question.horizon)


def learnt(rows: Rows, points: Floats, strength: float = STRENGTH) -> Logistic:
    """Weights for these rows, drawn towards the points: the card says in which proportion, the rows how steep."""
    share = points / points.sum()
    whole = fitted((rows.units @ share)[:, None], rows.churns.astype(np.float64), np.zeros(1), 1e-3)
    return fitted(rows.units, rows.churns.astype(np.float64), whole.weights[0] * share, strength)


def fit(rows: Rows, offer: Scorecard, card: Scorecard, at: Instant) -> tuple[Scorecard, Fitted]:
    """A card from what was known at an instant, and how it did on the dates since. Raises FitRefused.

    `rows` are of what the card was `offered`; what it does not have itself is drawn towards nothing.
    """
    past, later = rows.where(rows.known_at <= at), rows.where(rows.at >= at)
    if int(past.churns.sum()) < LEAST_CHURNS:
        msg = f"only {int(past.churns.sum())} churns were known by then: at least {LEAST_CHURNS} are needed for a fit"
        raise FitRefused(msg)
    if not later.churns.any():
        msg = "nobody churned on the dates since: there is nothing to judge a fit by"
        raise FitRefused(msg)
    own = {weighted.signal: weighted.points for weighted in card.signals}
    before = np.array([own.get(weighted.signal, 0) for weighted in offer.signals], np.float64)
    model = learnt(past, before)
    points = in_points(model.weights)
    found = rated({"card": later.units @ before, "fit": later.units @ points}, later.churns, later.account)
    difference = found["fit"].auc.minus(found["card"].auc)
    better = float(np.mean(difference.draws[np.isfinite(difference.draws)] > 0))
    report = Fitted(
        fitted_rows=len(past.churns),
        fitted_churns=int(past.churns.sum()),
        judged_rows=len(later.churns),
        judged_churns=int(later.churns.sum()),
        auc_card=found["card"].auc.estimate(),
        auc_fit=found["fit"].auc.estimate(),
        difference=difference.estimate(),
        better_in=better,
        expected=expected(model, rows, at),
        observed=int(later.churns.sum()),
        points={
            weighted.signal: (int(was), int(new))
            for weighted, was, new in zip(offer.signals, before, points, strict=True)
        },
    )
    return with_points(offer, points), report


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


def expected(model: Logistic, rows: Rows, since: Instant) -> float:
    """Churns expected on the dates since, the intercept set anew at each from the last date whose labels were known."""
    total = 0.0
    for at in np.unique(rows.at[rows.at >= since]):
        known = rows.where(rows.known_at <= at)
        last = known.where(known.at == known.at.max())
        level = refitted(model, last.units, last.churns.astype(np.float64)) if last.churns.any() else model
        total += float(level.chance(rows.units[rows.at == at]).sum())
    return total


def in_points(weights: Floats) -> Floats:
    """Weights as whole points, together about 100; a weight that rounds to none is none."""
    total = weights.sum()
    points: Floats = np.round(weights * (_ALL_POINTS / total)) if total > 0 else weights
    return points


def offered(card: Scorecard) -> Scorecard:
    """The card with what else a fit may use, at a point each: enough to be evaluated, too little to draw the fit."""
    there = {weighted.signal for weighted in card.signals}
    more = tuple(Weighted(signal=name, points=1) for name in ALSO if name not in there)
    return replace(card, signals=(*card.signals, *more), variants=())


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
