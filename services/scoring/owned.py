"""A partition while this worker owns it: what comes out is delivered, and its state is flushed every few seconds.

A flush at the cut F delivers, each step awaited before the next: every output caused up to F; the changed accounts,
stamped with F, and the hashes of messages; the header with the cut F. Only then may F + 1 be committed. Further
records are applied meanwhile, and what they bring out is delivered: it does not wait for a flush.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.activity import Tick
from schemas.changes import ScoreChange
from schemas.codec import encode
from schemas.conditions import Condition
from schemas.dead_letters import DeadLetter
from schemas.time import Instant, moment_of
from schemas.topics import ACTIVITY, ALERT_CONDITIONS, DEAD_LETTERS, SCORE_CHANGES
from services.scoring.changelog import HEADER_KEY, body_of
from services.scoring.core.partition import Flush, Gone, Output, Partition, Recorded, Unusable
from services.scoring.fence import Fence
from services.scoring.publisher import Publisher

TOPICS: Final[Mapping[str, type[ScoreChange | Condition]]] = {
    SCORE_CHANGES.name: ScoreChange,
    ALERT_CONDITIONS.name: Condition,
}
MOST_PENDING = 20_000  # outputs not yet delivered; about 40 MB
MOST_DIRTY = 20_000  # accounts not yet flushed: a flush of more would hold up the loop for longer than a tick
_GOLDEN = 0.618  # its multiples spread the partitions' flushes evenly over time, however many there are


Pair = tuple[bytes, bytes | None]  # key and value of a record to be


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a partition's outputs go, and how often its state is flushed.

    `fence`: who owns the partition. `topics`: which kind of output goes to which.
    """

    publisher: Publisher
    fence: Fence
    changelog: str
    flush_seconds: float
    now: Callable[[], Instant]
    topics: Mapping[str, type[Any]] = field(default_factory=lambda: TOPICS)


class Owned:
    """The partition's state in memory, and its one writer, which has at most one flush under way."""

    def __init__(self, partition: Partition, delivery: Delivery, failed: Callable[[BaseException], None]) -> None:
        """Starts the writer; `failed` is called when something could not be delivered, and must end the process."""
        self.partition = partition
        self.committable = partition.position + 1
        self.committed = -1  # nothing by us
        self.behind_since: float | None = None  # records wait to be committed, and no commit has moved since
        self.flushes = 0
        self.flushed_bytes = 0
        self.advanced = asyncio.Event()
        self.is_behind_the_clock = True  # a record has come since the last tick
        self._delivery = delivery
        self._failed = failed
        self._told: dict[type, list[Pair]] = {kind: [] for kind in delivery.topics.values()}
        self._unusable: list[Unusable] = []
        self._waiting = 0  # outputs, in all of these lists
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self.is_draining = False  # from here on nothing is applied, and what was is flushed
        self._flushing: asyncio.Task[None] | None = None
        ahead = partition.number * _GOLDEN % 1 * delivery.flush_seconds
        self.flushed_at = asyncio.get_running_loop().time() - ahead
        self._writer = asyncio.create_task(self._write(), name=f"writer of partition {partition.number}")

    def apply(self, records: Sequence[Recorded]) -> None:
        """Take the next records of the partition. What they bring out waits for `deliver`."""
        if self.behind_since is None:
            self.behind_since = asyncio.get_running_loop().time()
        observe = self.partition.observe
        for record in records:
            if outputs := observe(record):
                self._put(outputs)
        if records:
            self.is_behind_the_clock = not isinstance(records[-1].activity, Tick)
        self.advanced.set()

    def _put(self, outputs: Sequence[Output]) -> None:
        """Keep outputs until they are delivered, as bytes.

        Objects that waited would be out of the processor's caches when they are encoded, and the next ones be made
        elsewhere.
        """
        for output in outputs:
            if isinstance(output, Unusable):
                self._unusable.append(output)
            elif isinstance(output, Gone):
                for told in self._told.values():
                    told.append((output.account_id.encode(), None))
            else:
                self._told[type(output)].append((output.account_id.encode(), encode(output)))
        self._waiting += len(outputs)

    def deliver(self) -> None:
        """Have what has come out so far delivered: many at once cost little more than one does."""
        if self._waiting or self.partition.accounts.dirty > MOST_DIRTY:
            self._work.set()

    def commits(self, offset: int) -> None:
        """Kafka has acknowledged the commit of this offset."""
        self.committed = offset
        is_behind = offset <= self.partition.position
        self.behind_since = asyncio.get_running_loop().time() if is_behind else None

    @property
    def has_room(self) -> bool:
        """Whether there is room for more: nothing grows without bound while Kafka is slow."""
        return self._waiting <= MOST_PENDING and self.partition.accounts.dirty <= 2 * MOST_DIRTY

    async def room(self) -> None:
        """Wait until there is room."""
        while not self.has_room:
            self._work.set()
            self._room.clear()
            await self._room.wait()

    async def drain(self) -> None:
        """Deliver everything, flush, and end the writer."""
        self.is_draining = True
        self._work.set()
        await self._writer

    async def _write(self) -> None:
        try:
            while not self.is_draining:
                await self._wait_for_work()
                if self._flushing is not None and self._flushing.done():
                    await self._end_flush()
                await self._emit()
                if self._is_flush_due():
                    await self._begin_flush()
            await self._end_flush()
            await self._begin_flush()
            await self._end_flush()
        except asyncio.CancelledError:
            if self._flushing is not None:
                self._flushing.cancel()
            raise
        except BaseException as failure:  # noqa: BLE001 - a writer that failed must never be outlived by its worker
            self._failed(failure)

    async def _wait_for_work(self) -> None:
        """Until there are outputs, a flush is due, or one that was under way has ended."""
        due = None if self._flushing is not None else self.flushed_at + self._delivery.flush_seconds
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                await self._work.wait()
        self._work.clear()

    def _is_flush_due(self) -> bool:
        if self._flushing is not None:
            return False
        is_time = asyncio.get_running_loop().time() >= self.flushed_at + self._delivery.flush_seconds
        return is_time or self.partition.accounts.dirty > MOST_DIRTY

    async def _begin_flush(self) -> None:
        """Deliver everything up to the cut; the state follows while more is delivered."""
        self.flushed_at = asyncio.get_running_loop().time()
        flush = None
        if self.partition.position + 1 != self.committable:
            flush = self.partition.flush()  # with the outputs caused up to its cut: no await between the two
            await self._emit()
        name = f"flush of partition {self.partition.number}"
        self._flushing = asyncio.create_task(self._flush(flush), name=name)
        self._flushing.add_done_callback(lambda _: self._work.set())

    async def _end_flush(self) -> None:
        if self._flushing is not None:
            await self._flushing
            self._flushing = None
            self._room.set()

    async def _flush(self, flush: Flush | None) -> None:
        if flush is not None:
            await self._persist(flush)
        await self._delivery.fence.keep(self.partition.number)

    async def _persist(self, flush: Flush) -> None:
        number, publisher, changelog = self.partition.number, self._delivery.publisher, self._delivery.changelog
        body = list(body_of(flush))
        await publisher.publish(changelog, number, body)
        await publisher.publish(changelog, number, [(HEADER_KEY, flush.header)])
        self.committable = flush.cut + 1
        self.flushes += 1
        self.flushed_bytes += sum(len(key) + len(value or b"") for key, value in body) + len(flush.header)

    async def _emit(self) -> None:
        told, unusable = self._told, self._unusable
        self._told, self._unusable, self._waiting = {kind: [] for kind in told}, [], 0
        number, publish = self.partition.number, self._delivery.publisher.publish
        topics = self._delivery.topics.items()
        await asyncio.gather(*[publish(topic, number, told[kind]) for topic, kind in topics if told[kind]])
        for one in unusable:
            await self._bury(one)
        self._room.set()

    async def _bury(self, unusable: Unusable) -> None:
        record = unusable.record
        letter = DeadLetter(
            reason=unusable.reason,
            detail=unusable.detail,
            origin=f"{ACTIVITY.name}/{self.partition.number}/{record.offset}",
            refused_at=moment_of(self._delivery.now()),
        )
        await self._delivery.publisher.send(DEAD_LETTERS.name, record.key, record.value, letter.headers())
