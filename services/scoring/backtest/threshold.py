"""The whole-numbered threshold that spends a budget: whatever is counted, less of it lies above a higher one."""

from collections.abc import Callable
from math import log

HIGHEST = 100
_NOTHING = 1e-6  # so that nothing has a distance, too


def nearest(spent: Callable[[int], float], wanted: float, highest: int = HIGHEST) -> int:
    """The threshold at which what is spent is nearest to what is wanted, as a proportion; of two the higher one.

    >>> nearest(lambda threshold: 0.5 ** threshold, 0.25), nearest(lambda threshold: 1 / (1 + threshold), 0.24)
    (2, 3)
    """
    low, high = 0, highest
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if spent(middle) >= wanted else (low, middle)

    def far(threshold: int) -> float:
        return abs(log((spent(threshold) + _NOTHING) / (wanted + _NOTHING)))

    return min((high, low), key=far)
