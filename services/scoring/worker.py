"""The Faust shell: reads the log, lets the core fold its records, and answers Faust where its partitions stand."""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP

from schemas.codec import Unreadable
from schemas.topics import ACTIVITY
from services.scoring.aiokafka_internals import Record
from services.scoring.brake import Brake, Stopped, stay_within_memory
from services.scoring.changelog import Restoring
from services.scoring.core.partition import Counted, Partition
from services.scoring.faust_internals import LogApp
from services.scoring.owned import Delivery, Owned
from services.scoring.record import all_recorded
from services.scoring.ticks import Rhythm, tick

log = logging.getLogger(__name__)

SLICE_RECORDS = 50  # a tick among them may take thousands of evaluations
TURN_SECONDS = 0.02  # then writers, ticks and Faust get theirs, of several steps of the loop:
OTHERS_SECONDS = 0.002
DRAIN_SECONDS = 7.0  # who is told to end has 10 s, and has to leave the group
CLAIM_SECONDS = 30.0  # without an answer from the coordinators of transactional ids
SEEK_AGAIN_SECONDS = 0.3
HOLE_SECONDS = 10.0  # then the process ends, and its successor starts from the changelog


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a worker keeps its partitions. `rhythm` None: only an importer or simulator writes ticks.

    `restoring`: makes what a changelog is read into, and so decides what is folded out of the log.
    `remembered_messages`: with more ids of messages than this it stops, rather than forget one too early.
    """

    delivery: Delivery
    rhythm: Rhythm | None
    hot_accounts: int
    session_seconds: float
    restoring: Callable[[], Restoring] = Restoring
    remembered_messages: int = sys.maxsize  # at most


class Worker:
    """The partitions of the log that this process owns. Implements `faust_internals.Positions`."""

    def __init__(self, parameters: Parameters, end_process: Callable[[BaseException], None]) -> None:
        """Owns nothing yet. `end_process` does not return."""
        self.owned: dict[int, Owned] = {}
        self.retired: Counter[Counted] = Counter()  # counted by partitions that are owned no longer
        self.retired_bytes = 0
        self.folding_seconds = 0.0
        self.slices = 0
        self.app: LogApp | None = None
        self.most_remembered = parameters.remembered_messages
        self._parameters = parameters
        self._end_process = end_process
        self._restoring: dict[int, Restoring] = {}
        self._kept: dict[int, Partition] = {}  # released, and nobody has claimed them since
        self._tickers: list[asyncio.Task[None]] = []
        self._holes: dict[int, tuple[float, float]] = {}  # since when, and last sought
        self._brake = Brake()
        self._turn_began = 0.0

    def committable(self) -> dict[int, int]:
        """For each partition the next offset to read, as far as everything before has been delivered.

        Only of those where that has not been committed yet.
        """
        return {
            number: owned.committable for number, owned in self.owned.items() if owned.committable > owned.committed
        }

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Kafka has acknowledged these commits."""
        for number, offset in offsets.items():
            if number in self.owned:
                self.owned[number].commits(offset)

    def next_offsets(self) -> dict[int, int]:
        """For each partition the offset of the record that its state has not seen."""
        return {number: owned.partition.position + 1 for number, owned in self.owned.items()}

    async def claim(self, partitions: Iterable[int]) -> dict[int, int]:
        """Claim partitions that have been assigned. Without their claims the process ends: they may be another's.

        For each the offset of the claim, up to which its changelog has to be read.
        """
        numbers = list(partitions)
        self._restoring.clear()
        fence = self._parameters.delivery.fence
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                claims = await asyncio.gather(*map(fence.claim, numbers))
        except (KafkaError, TimeoutError) as failure:
            self._end_process(failure)
            raise
        for number, claim in zip(numbers, claims, strict=True):
            if not claim.is_unbroken:
                self._kept.pop(number, None)
        return {number: claim.offset for number, claim in zip(numbers, claims, strict=True)}

    def is_known(self, partition: int) -> bool:
        """Whether this process had the partition last, and still has all of its state."""
        return partition in self._kept

    def restore(self, partition: int, records: Iterable[Record]) -> None:
        """Records of the changelog. One that cannot be read ends the process: its state cannot be known."""
        if partition not in self._restoring:
            self._restoring[partition] = self._parameters.restoring()
        take = self._restoring[partition].take
        try:
            for record in records:
                take(record.key or b"", record.value)
        except (ValueError, Unreadable) as unreadable:
            self._end_process(unreadable)

    def take_over(self, beginnings: Mapping[int, int]) -> None:
        """Own these partitions from here on; for each the first offset that the log still has."""
        for number, beginning in beginnings.items():
            try:
                partition = self._kept.pop(number, None) or self._restored(number)
            except ValueError as broken:
                self._end_process(broken)
                return
            self.retired.subtract(partition.counts)
            if partition.position + 1 < beginning:
                log.warning(
                    "log was trimmed", extra={"partition": number, "from": beginning, "state": partition.position}
                )
                partition.position = beginning - 1
            owned = self.owned[number] = Owned(partition, self._parameters.delivery, self._end_process)
            if self._parameters.rhythm is not None:
                ticking = self._tick(owned, self._parameters.rhythm)
                self._tickers.append(asyncio.create_task(ticking, name=f"ticks of partition {number}"))
            log.info(
                "partition taken over",
                extra={"partition": number, "cut": partition.position, "accounts": len(partition.accounts)},
            )
        self._restoring.clear()
        self._kept.clear()

    def _restored(self, number: int) -> Partition:
        restoring = self._restoring.pop(number, None) or self._parameters.restoring()
        return restoring.partition(number, self._parameters.hot_accounts)

    async def read(self, stream: Any) -> None:  # noqa: ANN401 - Faust's type of a stream does not know noack
        """The agent: for as long as the worker runs, records of the log by their partitions."""
        async for event in stream.noack().events():
            try:
                stay_within_memory(self.remembered, self.most_remembered)
                self._turn_began = asyncio.get_running_loop().time()
                for number, records in event.value.items():
                    await self._take(number, records)
            except BaseException as failure:
                if not isinstance(failure, asyncio.CancelledError):
                    self._end_process(failure)
                raise

    async def release(self) -> None:
        """Partitions are being revoked: deliver everything, commit, and own nothing.

        What is known of them is kept until the next assignment: most of them come back.
        """
        for ticker in self._tickers:
            ticker.cancel()
        self._tickers.clear()
        owned = list(self.owned.values())
        try:
            async with asyncio.timeout(min(self._parameters.session_seconds, DRAIN_SECONDS)):
                await asyncio.gather(*(one.drain() for one in owned))
        except TimeoutError:
            self._end_process(Stopped("writes did not end in time: another worker may own the partitions now"))
            return
        if owned and self.app is not None:
            await self.app.consumer.commit()
        for one in owned:
            self.retired += one.partition.counts
            self.retired_bytes += one.flushed_bytes
            self._kept[one.partition.number] = one.partition
        self.owned.clear()
        self._restoring.clear()
        self._holes.clear()

    @property
    def remembered(self) -> int:
        """How many ids of messages are held against duplicates."""
        return sum(owned.partition.remembered for owned in self.owned.values())

    async def _take(self, number: int, records: list[Record]) -> None:
        owned = self.owned.get(number)
        if owned is None or owned.is_draining:
            return  # revoked meanwhile: its next owner reads it
        if records[0].offset > owned.partition.position + 1:
            await self._close_hole(number, owned, records[0].offset)
            return
        self._holes.pop(number, None)
        if records[0].offset <= owned.partition.position:
            records = [record for record in records if record.offset > owned.partition.position]
        loop = asyncio.get_running_loop()
        for start in range(0, len(records), SLICE_RECORDS):
            before = loop.time()
            fresh = all_recorded(records[start : start + SLICE_RECORDS])
            self._brake.look(fresh)
            owned.apply(fresh)
            now = loop.time()
            self.folding_seconds += now - before
            self.slices += 1
            if owned.has_room and now - self._turn_began <= TURN_SECONDS:
                continue
            owned.deliver()
            await owned.room()
            await asyncio.sleep(OTHERS_SECONDS)
            self._turn_began = loop.time()
            if self.owned.get(number) is not owned or owned.is_draining:
                return  # revoked meanwhile: its next owner reads the rest
        owned.deliver()

    async def _close_hole(self, number: int, owned: Owned, offset: int) -> None:
        """Records are missing before this batch (a queue was cleared, a seek came in between): read them again."""
        now = asyncio.get_running_loop().time()
        since, sought = self._holes.get(number, (now, 0.0))
        if now - since > HOLE_SECONDS:
            msg = f"partition {number}: {owned.partition.position + 1} was not read, {offset} was"
            raise Stopped(msg)
        if (
            self.app is not None
            and now - sought > SEEK_AGAIN_SECONDS
            and not self.app.rebalancing
            and not self.app.in_recovery
        ):
            sought = now
            await self.app.consumer.seek(TP(ACTIVITY.name, number), owned.partition.position + 1)
        self._holes[number] = since, sought

    async def _tick(self, owned: Owned, rhythm: Rhythm) -> None:
        try:
            await tick(owned, self._parameters.delivery, rhythm)
        except asyncio.CancelledError:
            raise
        except BaseException as failure:  # noqa: BLE001 - without ticks nobody is ever silent
            self._end_process(failure)
