"""Writes the clock into the log: what scoring knows of time, it reads from there."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from schemas.activity import Tick
from schemas.codec import encode
from schemas.detection import IDLE_TICK
from schemas.time import SECOND, moment_of
from schemas.topics import ACTIVITY
from services.scoring.owned import Delivery, Owned


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How soon after a record a tick follows, and how often without one, in seconds."""

    soon: float = 0.25
    idle: float = IDLE_TICK / SECOND


async def tick(owned: Owned, delivery: Delivery, rhythm: Rhythm) -> None:
    """Tick a live partition for as long as it is owned.

    The next tick waits until this one has been read back, so that a worker that lags behind does not fill the log
    with ticks.
    """
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(rhythm.idle):
                while not owned.is_behind_the_clock:
                    await _next(owned)
                await asyncio.sleep(rhythm.soon)
        value = encode(Tick(at=moment_of(delivery.now())))
        offset = await delivery.publisher.append(ACTIVITY.name, owned.partition.number, value)
        while owned.partition.position < offset:
            await _next(owned)


async def _next(owned: Owned) -> None:
    """Until the partition has taken more records."""
    owned.advanced.clear()
    await owned.advanced.wait()
