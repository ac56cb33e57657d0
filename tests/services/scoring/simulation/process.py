"""A scoring process of the imagination: the real worker, fed by the real scheduler, and Faust's part played by hand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from faust.types import TP

from schemas.time import Instant
from schemas.topics import ACTIVITY
from services.scoring.faust_internals import Together
from services.scoring.owned import Delivery
from services.scoring.ticks import Rhythm
from services.scoring.worker import Parameters, Worker
from tests.services.scoring.simulation.broker import CHANGELOG, Broker, Client, Network, Stored

SESSION_SECONDS = 10.0
FLUSH_SECONDS = 2.0
RHYTHM = Rhythm(soon=0.25, idle=30.0)
FETCH_SECONDS = 0.01  # until the first answer of a broker that is back
FETCHED = 7  # records at most, so that fetches end everywhere
WAITING = 3  # fetches


class Clock:
    """The broker's and everybody's: the loop's from `start` on, and so much ahead."""

    def __init__(self, start: Instant) -> None:
        self.ahead = start
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def __call__(self) -> Instant:
        return self.ahead + int((self._loop.time() - self._began) * 1_000)


class Process:
    """Owns partitions until it is killed, ends itself, or another takes them over."""

    def __init__(self, broker: Broker, chance: Random, clock: Clock, client: type[Client] = Client) -> None:
        self.network = Network()
        self.committed: dict[int, int] = {}
        self.ended: BaseException | None = None
        self._broker = broker
        self._chance = chance
        self._client = client(broker, self.network)
        self._together = Together()
        self._together.read_offsets, self._together.log_topic = {}, ACTIVITY.name
        self._waiting: deque[Any] = deque()
        self._fetched, self._more = asyncio.Event(), asyncio.Event()
        broker.readers.append(self._more)
        self._positions: dict[int, int] = {}
        delivery = Delivery(self._client, self._client, CHANGELOG, FLUSH_SECONDS, clock)
        self.worker = Worker(Parameters(delivery, RHYTHM, 3, SESSION_SECONDS), self._end)
        self.worker.app = cast("Any", SimpleNamespace(consumer=self, rebalancing=False, in_recovery=False))
        self._tasks = [asyncio.create_task(self.worker.read(self)), asyncio.create_task(self._fetch())]

    @property
    def is_alive(self) -> bool:
        return self.ended is None

    @property
    def is_cut_off(self) -> bool:
        return not self.network.flows.is_set()

    def kill(self) -> None:
        """SIGKILL. What it has sent may still arrive."""
        self._end(RuntimeError("killed"))

    def _end(self, failure: BaseException) -> None:
        if self.ended is not None:
            return
        self.ended, self._client.is_dead = failure, True
        self._broker.readers.remove(self._more)
        running = [owned._writer for owned in self.worker.owned.values()]
        for task in [*self._tasks, *self.worker._tickers, *running]:
            if task is not asyncio.current_task():
                task.cancel()

    async def lose(self) -> None:
        """Partitions are revoked."""
        try:
            await self.worker.release()
        except asyncio.CancelledError:
            if self.is_alive:
                raise
        self._waiting.clear()
        self._positions.clear()

    async def own(self, numbers: set[int]) -> None:
        """Partitions are assigned: claimed, read from the changelog up to the claim unless known, taken over."""
        claims = await self.worker.claim(numbers)
        unknown = {number: end for number, end in claims.items() if not self.worker.is_known(number)}
        for number, end in unknown.items():
            place = TP(CHANGELOG, number)
            records = [record for record in self._broker.logs[CHANGELOG, number] if record.offset <= end]
            for _, handed in self._together.iterate({place: records} if records else {}):
                self.worker.restore(number, handed.value[number])
        if self.is_alive:
            self.worker.take_over(dict.fromkeys(numbers, 0))
            self._positions = self.worker.next_offsets()
            self._more.set()

    def misread(self, number: int, by: int) -> None:
        """Faust's races: what is read next comes so much later, or earlier, than it should."""
        if number in self._positions:
            self._positions[number] = max(0, self._positions[number] + by)

    async def seek(self, tp: TP, offset: int) -> None:
        """What the worker asks of Faust's consumer."""
        self._positions[tp.partition] = offset
        self._more.set()

    async def commit(self) -> None:
        """What `LogConsumer` commits."""
        self.committed.update(self.worker.committable())
        self.worker.committed(self.committed)

    async def _fetch(self) -> None:
        while True:
            if not self.network.flows.is_set():
                await self.network.flows.wait()
                await asyncio.sleep(FETCH_SECONDS)
            fetched = {
                TP(ACTIVITY.name, number): records
                for number, position in self._positions.items()
                if (records := self._next(number, position))
            }
            for _, handed in self._together.iterate(fetched):
                for number, records in handed.value.items():
                    self._positions[number] = records[-1].offset + 1
                self._waiting.append(handed.value)
                self._fetched.set()
            while not fetched or len(self._waiting) >= WAITING:
                self._more.clear()
                await self._more.wait()
                if len(self._waiting) < WAITING:
                    break
            await asyncio.sleep(0.001)

    def _next(self, number: int, position: int) -> list[Stored]:
        return self._broker.logs[ACTIVITY.name, number][position : position + self._chance.randint(1, FETCHED)]

    def noack(self) -> "Process":
        """Faust's stream is the process itself."""
        return self

    async def events(self) -> AsyncIterator[Any]:
        while True:
            while self._waiting:
                value = self._waiting.popleft()
                self._more.set()
                yield SimpleNamespace(value=value)
            self._fetched.clear()
            await self._fetched.wait()
