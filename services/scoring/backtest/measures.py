"""How well a ranking finds the accounts that churn: AUC and lift, for the rows as they are and for resampled ones.

A draw takes accounts, with all their rows, with replacement: rows of one account say the same thing again, and an
interval that counted them as independent would be too narrow. Draws are the same for every ranking of the same rows,
so that differences are paired.
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

DRAWS = 400  # the ends of a 95 % interval are then known within about a tenth of its width
TOP = 0.10  # lift is told for the tenth that a team could look at
_SEED = 20  # any: the same question gives the same report
_AT_ONCE = 40  # draws in memory together

Floats = NDArray[np.float64]


class Estimate(Struct, frozen=True):
    """A figure and the interval that holds it in 95 of 100 draws."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


class Draws(NamedTuple):
    """A figure for the rows as they are, and for each draw."""

    value: float
    draws: Floats

    def minus(self, other: "Draws") -> "Draws":
        """The paired difference."""
        return Draws(self.value - other.value, self.draws - other.draws)

    def estimate(self) -> Estimate:
        """The figure and its interval. A draw without a churn, or of nothing else, says nothing."""
        said = self.draws[np.isfinite(self.draws)]
        if not len(said):
            return Estimate(self.value, float("nan"), float("nan"))
        low, high = np.percentile(said, [2.5, 97.5])
        return Estimate(self.value, float(low), float(high))


def mean_of(figures: "list[Draws]") -> Draws:
    """The mean of figures of independent populations, draw by draw."""
    return Draws(
        float(np.mean([figure.value for figure in figures])), np.mean([figure.draws for figure in figures], axis=0)
    )


class Ranking:
    """An order of rows by risk, the riskiest last; equal scores share their places.

    >>> ranking = Ranking(np.array([3.0, 1.0, 2.0, 2.0]), np.array([True, False, True, False]))
    >>> round(ranking.auc(np.ones((1, 4)))[0], 3)
    0.875
    """

    def __init__(self, score: Floats, churns: NDArray[np.bool_]) -> None:
        self._order = np.argsort(score, kind="stable")
        ranked = score[self._order]
        self._starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        self._churns = churns[self._order]

    def auc(self, weights: Floats) -> Floats:
        """The chance that a churning row ranks above another, ties counting half; for each row of weights."""
        return _auc(*self._split(weights))

    def lift(self, weights: Floats) -> Floats:
        """The churn rate of the riskiest tenth over that of all; a tie that the cut goes through counts in part."""
        return _lift(*self._split(weights))

    def both(self, weights: Floats) -> tuple[Floats, Floats]:
        """AUC and lift."""
        split = self._split(weights)  # what takes the time
        return _auc(*split), _lift(*split)

    def _split(self, weights: Floats) -> tuple[Floats, Floats]:
        """The weights of churning rows and of others at each place of the order, the calmest first."""
        ranked = weights[:, self._order]
        positive = np.add.reduceat(ranked * self._churns, self._starts, axis=1)
        return positive, np.add.reduceat(ranked, self._starts, axis=1) - positive


def _auc(positive: Floats, negative: Floats) -> Floats:
    below = np.cumsum(negative, axis=1) - negative / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        auc: Floats = (positive * below).sum(axis=1) / pairs
    return auc


def _lift(positive: Floats, negative: Floats) -> Floats:
    positive, negative = positive[:, ::-1], negative[:, ::-1]
    both = positive + negative
    wanted = TOP * both.sum(axis=1, keepdims=True)
    before = np.cumsum(both, axis=1) - both
    with np.errstate(invalid="ignore", divide="ignore"):
        taken = np.clip(np.nan_to_num((wanted - before) / both), 0, 1)
        of_top = (positive * taken).sum(axis=1) / wanted[:, 0]
        lift: Floats = of_top / (positive.sum(axis=1) / both.sum(axis=1))
    return lift


def resampled(account: NDArray[np.int32]) -> Iterator[Floats]:
    """Weights of rows, a block of draws at a time: how often each row's account was drawn."""
    chance = np.random.default_rng(_SEED)
    _, numbers = np.unique(account, return_inverse=True)
    count = int(numbers.max()) + 1
    for begin in range(0, DRAWS, _AT_ONCE):
        drawn = chance.integers(0, count, (min(_AT_ONCE, DRAWS - begin), count))
        times = np.stack([np.bincount(row, minlength=count) for row in drawn])
        yield times[:, numbers].astype(np.float64)


class Rated(NamedTuple):
    """AUC and lift of one ranking."""

    auc: Draws
    lift: Draws


_Name = TypeVar("_Name", bound=Hashable)


def rated(scores: Mapping[_Name, Floats], churns: NDArray[np.bool_], account: NDArray[np.int32]) -> dict[_Name, Rated]:
    """AUC and lift of several rankings of the same rows, in the same draws."""
    rankings = {name: Ranking(score, churns) for name, score in scores.items()}
    once = np.ones((1, len(churns)))
    drawn: dict[_Name, list[tuple[Floats, Floats]]] = {name: [] for name in scores}
    for weights in resampled(account):
        for name, ranking in rankings.items():
            drawn[name].append(ranking.both(weights))
    return {
        name: Rated(
            Draws(float(ranking.auc(once)[0]), np.concatenate([auc for auc, _ in drawn[name]])),
            Draws(float(ranking.lift(once)[0]), np.concatenate([lift for _, lift in drawn[name]])),
        )
        for name, ranking in rankings.items()
    }


def rate(churns: NDArray[np.bool_], account: NDArray[np.int32], within: NDArray[np.bool_]) -> Estimate:
    """The churn rate of the rows `within`; accounts are drawn from those of all rows."""
    return _quotient(churns & within, within, account)


def share(hits: NDArray[np.bool_], account: NDArray[np.int32]) -> Estimate:
    """The share of rows that are hits."""
    return _quotient(hits, np.ones(len(hits), np.bool_), account)


def _quotient(hits: NDArray[np.bool_], rows: NDArray[np.bool_], account: NDArray[np.int32]) -> Estimate:
    """Hits over rows. A draw takes accounts whole, so that it is enough to know how many of each an account has."""
    if not rows.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    accounts, numbers = np.unique(account, return_inverse=True)
    both = np.stack([np.bincount(numbers, these, len(accounts)) for these in (hits, rows)], axis=1)
    drawn = np.concatenate([weights @ both for weights in resampled(accounts)])
    return Draws(float(hits.sum() / rows.sum()), drawn[:, 0] / np.maximum(drawn[:, 1], 1)).estimate()
