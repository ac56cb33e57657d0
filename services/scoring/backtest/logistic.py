"""Logistic regression with weights that are not negative, drawn towards given ones."""

from typing import NamedTuple

import numpy as np

from services.scoring.backtest.measures import Floats

_ROUNDS = 50  # of Newton's method; ten are usual
_SWEEPS = 100  # over the weights of a round
_CLOSE = 1e-7
_STEEPEST = 30.0  # beyond it a probability is 0 or 1, to thirteen digits


class Logistic(NamedTuple):
    """log odds = intercept + units x weights."""

    intercept: float
    weights: Floats

    def chance(self, units: Floats) -> Floats:
        """The probability for each row of units."""
        odds = np.clip(self.intercept + units @ self.weights, -_STEEPEST, _STEEPEST)
        chance: Floats = 1 / (1 + np.exp(-odds))
        return chance


def fitted(units: Floats, happened: Floats, towards: Floats, strength: float) -> Logistic:
    """The most likely weights >= 0 less strength / 2 x the squared distance from `towards`; the intercept is free.

    Newton's method, each quadratic minimised one weight at a time, none below 0.

    >>> units = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> found = fitted(units, np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.0]), 0.1)
    >>> fallen = fitted(units, np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0]), 0.1)
    >>> bool(found.weights[0] > 1), float(fallen.weights[0])
    (True, 0.0)
    """
    rate = float(np.clip(happened.mean(), 1e-6, 1 - 1e-6))
    model = Logistic(float(np.log(rate / (1 - rate)) - units.mean(axis=0) @ towards), towards.copy())
    for _ in range(_ROUNDS):
        chance = model.chance(units)
        spread = np.maximum(chance * (1 - chance), 1e-9)
        wanted = model.intercept + units @ model.weights + (happened - chance) / spread
        following = _least_squares(units, wanted, spread, towards, strength, model)
        moved = max(abs(following.intercept - model.intercept), float(np.abs(following.weights - model.weights).max()))
        model = following
        if moved < _CLOSE:
            break
    return model


def levelled(model: Logistic, units: Floats, part: Floats, came: float) -> Logistic:
    """The same weights with the intercept at which as many are expected as came, each row counting in part."""
    low, high = -_STEEPEST, _STEEPEST
    for _ in range(60):
        middle = (low + high) / 2
        if Logistic(middle, model.weights).chance(units) @ part < came:
            low = middle
        else:
            high = middle
    return Logistic((low + high) / 2, model.weights)


def _least_squares(
    units: Floats, wanted: Floats, spread: Floats, towards: Floats, strength: float, start: Logistic
) -> Logistic:
    mean = (spread @ units) / spread.sum()
    target = float(spread @ wanted / spread.sum())
    centred = units - mean
    gram = centred.T @ (centred * spread[:, None])
    pull = centred.T @ (spread * (wanted - target))
    weights = start.weights.copy()
    for _ in range(_SWEEPS):
        before = weights.copy()
        for place in range(len(weights)):
            others = pull[place] - gram[place] @ weights + gram[place, place] * weights[place]
            weights[place] = max(0.0, (others + strength * towards[place]) / (gram[place, place] + strength))
        if np.abs(weights - before).max() < _CLOSE:
            break
    return Logistic(target - float(mean @ weights), weights)
