"""Life faster than time: an instance whose clock is its log lives through days in seconds, told of them by ticks."""

import asyncio
from collections.abc import Callable

from schemas.time import DAY, MINUTE, SECOND, Instant
from services.cli.simulator.life import Life

SHORTEST_STEP = MINUTE
LONGEST_STEP = DAY


def step_of(speed: float) -> Instant:
    """How much is lived at once: about a second's worth, but at least a minute and at most a day of it.

    >>> step_of(1), step_of(3_600) // 60_000, step_of(10_000_000) == DAY
    (60000, 60, True)
    """
    return max(SHORTEST_STEP, min(LONGEST_STEP, int(speed * SECOND)))


async def live_faster(life: Life, speed: float, until: Instant, clock: Callable[[], float]) -> None:
    """Live up to `until`, `speed` times as fast as `clock` (in seconds) goes, or as fast as it can be written."""
    begun, begin = clock(), life.memory.lived_until
    while life.memory.lived_until < until:
        await life.reach(min(until, life.memory.lived_until + step_of(speed)))
        ahead = (life.memory.lived_until - begin) / SECOND / speed - (clock() - begun)
        await asyncio.sleep(max(0.0, ahead))
