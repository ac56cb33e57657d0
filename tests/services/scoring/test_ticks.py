import asyncio

from schemas.activity import Tick
from schemas.time import moment_of
from services.scoring.core.partition import Partition
from services.scoring.owned import Owned
from services.scoring.ticks import Rhythm, tick
from tests.services.scoring.core import records
from tests.services.scoring.core.records import DAY_0, at_offset, event
from tests.services.scoring.shell import Remembering, delivery


class Ticking:
    """A partition that is ticked, and whose ticks are read back after `lag` seconds."""

    def __init__(self, rhythm: Rhythm, lag: float = 0.0) -> None:
        self.publisher = Remembering()
        where = delivery(self.publisher, flush_seconds=10**6)
        self.owned = Owned(Partition(0), where, lambda _: None)
        self.lag = lag
        self.owned.is_behind_the_clock = False
        self.task = asyncio.create_task(tick(self.owned, where, rhythm))
        self.reader = asyncio.create_task(self._read_back())

    async def _read_back(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            if self.publisher.end_of_log > self.owned.partition.position + 1:
                await asyncio.sleep(self.lag)
                offset = self.owned.partition.position + 1
                self.owned.apply([at_offset(offset, records.tick(DAY_0), DAY_0)])

    def happens(self) -> None:
        """An event is read."""
        offset = self.publisher.end_of_log
        self.publisher.end_of_log += 1
        self.owned.apply([at_offset(offset, event(DAY_0, str(offset)), DAY_0)])

    @property
    def ticks(self) -> int:
        """How many ticks were written."""
        return sum(isinstance(value, Tick) for _, _, value in self.publisher.written)

    async def ends(self) -> None:
        self.task.cancel()
        self.reader.cancel()
        await asyncio.wait([self.task, self.reader])
        await self.owned.drain()


async def test_an_idle_partition_is_ticked_at_its_idle_pace():
    ticking = Ticking(Rhythm(soon=0.25, idle=10))
    await asyncio.sleep(9.9)
    assert ticking.ticks == 0
    await asyncio.sleep(25)
    assert ticking.ticks == 3
    assert ticking.publisher.written[0][2] == Tick(at=moment_of(DAY_0))
    await ticking.ends()


async def test_a_record_is_followed_by_one_tick_soon():
    ticking = Ticking(Rhythm(soon=0.25, idle=10))
    await asyncio.sleep(1)
    ticking.happens()
    await asyncio.sleep(0.2)
    ticking.happens()
    assert ticking.ticks == 0
    await asyncio.sleep(0.1)
    assert ticking.ticks == 1
    await asyncio.sleep(5)
    assert ticking.ticks == 1
    await ticking.ends()


async def test_a_worker_that_lags_behind_does_not_fill_the_log_with_ticks():
    ticking = Ticking(Rhythm(soon=0.25, idle=10), lag=100)
    await asyncio.sleep(105)
    assert ticking.ticks == 1
    await asyncio.sleep(100)
    assert ticking.ticks == 2
    await ticking.ends()
