"""An ordinary logistic regression: every weight is free, and each has a standard error."""

from typing import NamedTuple

import numpy as np

from services.scoring.backtest.measures import Floats

_ROUNDS = 50  # of Newton's method; ten are usual
_CLOSE = 1e-7
_STEEPEST = 30.0  # beyond it a probability is 0 or 1, to thirteen digits


class Logit(NamedTuple):
    """Weights of columns, each measured in its own standard deviations, and their standard errors."""

    spread: Floats
    weights: Floats
    errors: Floats

    def score(self, columns: Floats) -> Floats:
        """Log odds but for a constant: enough to rank by."""
        score: Floats = columns / self.spread @ self.weights
        return score


def logit(columns: Floats, happened: Floats, pull: float = 1.0) -> Logit:
    """The most likely weights, less `pull` / 2 x their squares: enough to hold what nothing else would.

    >>> found = logit(np.array([[0.0], [0.0], [1.0], [1.0]] * 9), np.array([0.0, 1.0, 1.0, 1.0] * 9))
    >>> bool(found.weights[0] > 0), bool(2 < found.weights[0] / found.errors[0] < 3)
    (True, True)
    """
    spread = np.maximum(columns.std(axis=0), 1e-9)
    units = np.column_stack([np.ones(len(columns)), (columns - columns.mean(axis=0)) / spread])
    pulled = np.diag([0.0, *[pull] * columns.shape[1]])
    weights = np.zeros(units.shape[1])
    curve = pulled
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(units @ weights, -_STEEPEST, _STEEPEST)))
        curve = units.T @ (units * np.maximum(chance * (1 - chance), 1e-9)[:, None]) + pulled
        step = np.linalg.solve(curve, units.T @ (happened - chance) - pulled @ weights)
        weights = weights + step
        if np.abs(step).max() < _CLOSE:
            break
    return Logit(spread, weights[1:], np.sqrt(np.diag(np.linalg.inv(curve)))[1:])
