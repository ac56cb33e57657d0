"""A score drawn as its parts: bars that begin where the one before ends, and numbers that add up as they are shown."""

from collections.abc import Sequence
from itertools import accumulate

from schemas.changes import GRAINS_PER_POINT

_GRAINS_PER_HUNDRED = 100 * GRAINS_PER_POINT


def tenths(points: Sequence[float]) -> list[int]:
    """Each part in tenths of a point, so that the parts as shown sum to their sum as shown.

    What rounding down leaves over goes to the parts that lost most by it.

    >>> tenths([0.25, 0.25, 0.25])  # 0.75 is shown as 0.8
    [3, 3, 2]
    """
    grains = [round(part * GRAINS_PER_POINT) for part in points]
    floors = [part * 10 // GRAINS_PER_POINT for part in grains]
    whole = (sum(grains) * 20 + GRAINS_PER_POINT) // (2 * GRAINS_PER_POINT)  # the sum, halves rounded up
    lost = sorted(range(len(grains)), key=lambda index: -(grains[index] * 10 % GRAINS_PER_POINT))
    for index in lost[: whole - sum(floors)]:
        floors[index] += 1
    return floors


def bars(points: Sequence[float], width: int) -> list[tuple[int, int]]:
    """The cells [opens, closes) of each part, laid end to end without gap or overlap; `width` cells are 100 points.

    >>> bars([40.0, 10.0, 25.0], width=20)
    [(0, 8), (8, 10), (10, 15)]
    """
    grains = [round(part * GRAINS_PER_POINT) for part in points]
    ends = [(reached * width * 2 + _GRAINS_PER_HUNDRED) // (2 * _GRAINS_PER_HUNDRED) for reached in accumulate(grains)]
    return list(zip([0, *ends], ends, strict=False))
