"""The whole-numbered threshold that spends a budget: whatever is counted, less of it lies above a higher one."""

from collections.abc import Callable
from math import log

HIGHEST = 100
_NOTHING = 1e-6  # so that nothing has a distance, too


def nearest(spent: Callable[[int], float], wanted: float, highest: int = HIGHEST) -> int:
    """The threshold at which what is spent is nearest to what is wanted, as a proportion; of several the highest.

    >>> nearest(lambda threshold: 0.5 ** threshold, 0.25), nearest(lambda threshold: 1 / (1 + threshold), 0.24)
    (2, 3)
    >>> nearest(lambda threshold: 1.0 if threshold < 30 else 0.2, 0.25, highest=50)
    50
    """
    over = _last(spent, wanted, 0, highest)
    under = _last(spent, spent(min(over + 1, highest)), over, highest)

    def far(threshold: int) -> float:
        return abs(log((spent(threshold) + _NOTHING) / (wanted + _NOTHING)))

    return min((under, over), key=far)


def _last(spent: Callable[[int], float], least: float, low: int, high: int) -> int:
    """The highest threshold that spends at least so much; `low`, if none does."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if spent(middle) >= least else (low, middle - 1)
    return low
