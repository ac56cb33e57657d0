"""Everything of Faust that we bend, in one place.

Faust owns partitions, tables and changelogs; it is made for one record at a time and loses events in rebalances when
it is given more (docs/decisions/0004-faust-shell.md). Each class below repairs one thing, through Faust's own
extension points: the settings `ConsumerScheduler`, `TableManager` and `Table`, a `Schema`, and a `Transport`. The
private names it relies on are listed in `PRIVATE_NAMES`; a test fails when a new Faust no longer has them.

A fetch reaches the agent as one event, whose value is the records of each partition. How they are fetched is in
aiokafka_internals.py.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import faust
import uvloop
from aiokafka.errors import ConsumerStoppedError, IllegalStateError
from aiokafka.structs import TopicPartition
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery, ServiceStopped
from faust.tables.table import Table
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from typing_extensions import override

from schemas.topics import COMPACTED
from services.scoring.aiokafka_internals import Fetched, Record, fetched, pause, wake_readers

RECOVERY_FETCHES = 2  # of a partition of the changelog that recovery collects before it applies them; 1 is special
FETCHES = 1  # read and waiting to be applied: then nothing more is read

TOLD_SECONDS = 5.0  # between two words on how far recovery is

logger = logging.getLogger("services.scoring.recovery")  # Faust logs its own through this module's name: too much of it

PRIVATE_NAMES: Mapping[type, tuple[str, ...]] = {
    driver.Consumer: (
        "_commit",
        "_filter_tps_with_pending_acks",
        "_filter_committable_offsets",
        "_active_partitions",
        "_new_consumer_thread",
        "_read_offset",
        "_reset_state",
        "_thread",
    ),
    driver.AIOKafkaConsumerThread: ("_ensure_consumer", "call_thread", "getmany", "seek_wait"),
    Recovery: (
        "_build_highwaters",
        "_build_offsets",
        "_is_changelog_tp",
        "_set_recovery_ended",
        "_wait",
        "on_recovery_completed",
        "on_rebalance",
    ),
    TableManager: ("changelog_queue", "recovery"),
    faust.App: ("on_rebalance_end", "_new_transport"),
}


class Positions(Protocol):
    """What the shell knows of its partitions of the log, and Faust must ask for."""

    def committable(self) -> dict[int, int]:
        """For each partition that has more delivered than committed the offset up to which everything is.

        As Kafka commits it: the next to read.
        """

    async def claim(self, partitions: Iterable[int]) -> dict[int, int]:
        """These partitions have been assigned; nobody else may write to them from here on.

        For each the offset in its changelog up to which it has to be read.
        """

    def is_known(self, partition: int) -> bool:
        """Whether the state of a claimed partition is known without its changelog."""

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Kafka has acknowledged these commits."""

    def take_over(self, beginnings: Mapping[int, int]) -> None:
        """These partitions are owned now.

        Their changelog has been read. For each the first offset that the log still has.
        """

    def next_offsets(self) -> dict[int, int]:
        """For each partition owned the offset at which reading goes on."""

    def restore(self, partition: int, records: Sequence[Record]) -> None:
        """Records of the changelog."""


class Handed(NamedTuple):
    """Records that were fetched, in the shape of one record, as Faust wants to see it.

    `value`: for each partition its records, consecutive and at least one.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes
    value: dict[int, list[Any]]
    headers: tuple[()] = ()
    checksum: None = None
    serialized_key_size: int = 0
    serialized_value_size: int = 0


class LogApp(faust.App):
    """A Faust app that knows where its partitions stand."""

    positions: Positions
    log_topic: str

    @property
    def has_joined(self) -> bool:
        """Whether the first assignment has been taken over; it may have been of no partitions."""
        return bool(cast("Tables", self.tables).recovery.completed.is_set())

    @property
    def unread_changelog(self) -> int:
        """How many records of the changelog recovery has still to read, as far as is known."""
        recovery = cast("Tables", self.tables).recovery
        return max(0, recovery.active_remaining_total()) if recovery.in_recovery else 0

    def end_of_log(self, partition: int) -> int | None:
        """The offset after the last record of a partition, as of its broker's last answer; None before, and if lost."""
        with suppress(AssertionError, IllegalStateError):  # it is lost this very moment, in the other thread
            return cast("int | None", self.consumer.highwater(TP(self.log_topic, partition)))
        return None

    @override
    def _new_transport(self) -> Any:
        return LogTransport(self.conf.broker_consumer, self)


class Together:
    """A `ConsumerScheduler` that hands on what was fetched as it is: the log as one, the changelog by partitions.

    What Faust does with a record costs as much as twenty of our events, and a fetch brings a few records of each
    partition. Recovery counts its records in each partition, so there it has to be one for each.

    It also forgets Faust's read offset: Faust sets it after records have been handed on, in a race with every seek, and
    drops what is read again as read already. The agent itself knows which record comes next.
    """

    read_offsets: MutableMapping[TP, int | None]  # Faust's; given by LogConsumer
    log_topic: str

    def iterate(self, fetched: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Handed]]:
        """A fetch in as few records as can be."""
        of_log = {tp.partition: records for tp, records in fetched.items() if tp.topic == self.log_topic}
        if of_log:
            yield self._handed(self.log_topic, of_log)
        for tp, records in fetched.items():
            if tp.topic != self.log_topic:
                yield self._handed(tp.topic, {tp.partition: records})

    def _handed(self, topic: str, by_partition: dict[int, list[Any]]) -> tuple[TP, Handed]:
        partition, records = next(iter(by_partition.items()))
        tp, last = TP(topic, partition), records[-1]
        self.read_offsets[tp] = None
        return tp, Handed(topic, partition, last.offset, last.timestamp, last.timestamp_type, b"", by_partition)


class AsFetched(faust.Schema[bytes, bytes]):
    """Hands records to their reader as they are: whoever reads them decodes them, and keeps those that it cannot."""

    @override
    def compile(self, app: Any, **_: Any) -> Callable[..., Awaitable[Any]]:  # Faust's arguments are all optional
        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 - Faust passes it
            return app.create_event(None, message.value, message.headers, message)

        return decode


class Changelog(Table[bytes, bytes]):
    """A table that hands its changelog to the shell: the shell keeps the state, and writes it."""

    _told = float("-inf")  # when it was last said how far recovery is

    @override
    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        positions = cast("LogApp", self.app).positions
        for event in batch:
            for partition, records in event.value.items():
                positions.restore(partition, records)
        self._tell()

    def _tell(self) -> None:
        """Say how far recovery is, now and then."""
        now = time.monotonic()
        if now - self._told > TOLD_SECONDS:
            self._told = now
            unread = cast("LogApp", self.app).unread_changelog
            logger.info("reading the changelog", extra={"records_left": unread})


class RecoveryStalled(Exception):
    """A step of recovery was not answered in time."""


class OrderedRecovery(Recovery):
    """Recovery that claims, reads the whole changelog or nothing, and gives partitions back without losing anything.

    Faust keeps what it knew of partitions that stay assigned. A worker that was frozen would go on from there, though
    another had them meanwhile: here the claim tells whether the changelog has to be read. What is left in the queue of
    an earlier recovery would let this one begin behind it. And Faust resumes partitions, then seeks, then clears the
    queues: what was read in between is lost. Here: clear, resume, seek; nothing that is read from there on is dropped,
    and the agent knows what was read before. A recovery that the next rebalance overtakes takes nothing over. A step
    that Faust gives up after a while ends its recovery without a word, and the worker would wait for ever: here it
    crashes.
    """

    _of_rebalance = 0  # of which rebalance the assignment is that is being recovered
    _beginnings: Mapping[TP, int] = MappingProxyType({})  # the first offset of each partition of the log

    @override
    async def on_rebalance(self, *args: Any, **kwargs: Any) -> None:
        self.active_offsets.clear()
        self._of_rebalance = self.app.rebalancing_count
        await super().on_rebalance(*args, **kwargs)

    def _is_overtaken(self, generation_id: int) -> bool:
        """Whether partitions are being revoked again, or have been."""
        app = self.app
        return app.consumer_generation_id != generation_id or app.rebalancing_count != self._of_rebalance

    @override
    async def _wait(self, coro: Any, timeout: Any = None) -> None:
        try:
            await super()._wait(coro, timeout=timeout)
        except ServiceStopped:
            if self.should_stop:
                raise
            msg = f"no answer within {timeout:g} s"
            raise RecoveryStalled(msg) from None

    @override
    async def _build_highwaters(self, consumer: Any, tps: set[TP], destination: Any, title: str) -> None:
        """Claim, then ask where the changelog ends: nobody can move that end behind our back any more.

        A broker that has just become the leader may yet answer with an older end than our own claim's. Where the log
        begins is asked here, too: once the changelog is read, a fetch that waits for more of it keeps answers back.
        """
        app = cast("LogApp", self.app)
        claims = await app.positions.claim(tp.partition for tp in tps)
        of_log = {tp for tp in consumer.assignment() if tp.topic == app.log_topic}
        self._beginnings = await consumer.earliest_offsets(*of_log) if of_log else {}
        await super()._build_highwaters(consumer, tps, destination, title)
        for tp in tps:
            destination[tp] = max(destination[tp], claims[tp.partition])

    @override
    async def _build_offsets(self, consumer: Any, tps: set[TP], destination: Any, title: str) -> None:
        positions = cast("LogApp", self.app).positions
        self.tables.changelog_queue.clear()
        for tp in tps:  # with the claim still to be read, so that every recovery takes the same way
            destination[tp] = self.active_highwaters[tp] - 1 if positions.is_known(tp.partition) else None
        await super()._build_offsets(consumer, tps, destination, title)

    @override
    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        app = cast("LogApp", self.app)
        consumer = cast("LogConsumer", app.consumer)
        await app.on_rebalance_complete.send()
        self._set_recovery_ended()
        assigned = consumer.assignment()
        of_changelog = {tp for tp in assigned if self._is_changelog_tp(tp)}
        await consumer.leave_unread(of_changelog, generation_id)
        if self._is_overtaken(generation_id):
            return
        app.positions.take_over({tp.partition: offset for tp, offset in self._beginnings.items()})
        self.completed.set()
        app.flow_control.resume()
        consumer.resume_partitions(assigned - of_changelog)
        consumer.resume_flow()
        await app._fetcher.maybe_start()  # noqa: SLF001 - what Recovery itself does here
        await self._wait(consumer.perform_seek(), timeout=app.conf.broker_request_timeout)
        if self._is_overtaken(generation_id):
            return
        self.tables.on_actives_ready()
        self.tables.on_standbys_ready()
        app.on_rebalance_end()


class Tables(TableManager):
    """A table manager with an `OrderedRecovery`."""

    @property
    @override
    def recovery(self) -> Recovery:
        if self._recovery is None:
            self._recovery = OrderedRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class _Active(set[TP]):
    """The partitions that Faust reads. True even when there are none.

    Faust would not ask for records then, for a second, though partitions may be resumed meanwhile. The thread that
    reads has this very set while it waits.
    """

    def __bool__(self) -> bool:
        return True


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka fetches."""

    @override
    async def getmany(self, active_partitions: Any, timeout: float) -> Any:
        """What has been fetched. Faust would go through a queue and two services that wait for it."""
        reading = self._read(active_partitions, timeout)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(reading, self.thread_loop))

    async def _read(self, partitions: set[TP], seconds: float) -> Fetched:
        client = self._ensure_consumer()
        if not self.consumer.flow_active:
            return {}
        if client._closed or client._fetcher._closed:  # noqa: SLF001 - (same)
            raise ConsumerStoppedError
        return await fetched(client, partitions, seconds)

    def look_again(self) -> None:
        """Have a read that waits for new records look at those which are there: of partitions that were paused."""
        self.thread_loop.call_soon_threadsafe(lambda: wake_readers(self._ensure_consumer()))

    async def pause(self, tps: Iterable[TP], generation_id: int) -> None:
        """Pause partitions in the client unless it has another assignment by now: there they have to be read."""
        pause(self._ensure_consumer(), [TopicPartition(*tp) for tp in tps], generation_id)


class LogConsumer(driver.Consumer):
    """A consumer that commits what has been delivered.

    And seeks to where the state is; Faust's acknowledgements are not used.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        together = cast("Together", self.scheduler)
        together.read_offsets, together.log_topic = self._read_offset, cast("LogApp", self.app).log_topic

    @override
    def _reset_state(self) -> None:
        super()._reset_state()
        self._active_partitions = _Active()

    @property
    def _positions(self) -> Positions:
        return cast("LogApp", self.app).positions

    def _of_log(self, offsets: Mapping[int, int]) -> dict[TP, int]:
        """Those of the offsets whose partitions of the log are assigned."""
        topic, assignment = cast("LogApp", self.app).log_topic, self.assignment()
        return {tp: offset for partition, offset in offsets.items() if (tp := TP(topic, partition)) in assignment}

    @override
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        loop = uvloop.new_event_loop()  # Faust would take asyncio's, half as fast
        return _ConsumerThread(self, loop=self.loop, thread_loop=loop, beacon=self.beacon)

    @override
    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter(())

    @override
    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        return self._of_log(self._positions.committable())

    @override
    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit, and tell who knows the positions only if it was done: Faust believes it either way."""
        is_done = await super()._commit(offsets)
        if is_done:
            self._positions.committed({tp.partition: offset for tp, offset in offsets.items()})
        return is_done

    @override
    def on_buffer_full(self, tp: TP) -> None:
        """Faust would leave this partition unread, whose records then hold up the fetches of all others."""

    @override
    def resume_partitions(self, tps: Iterable[TP]) -> None:
        super().resume_partitions(tps)
        cast("_ConsumerThread", self._thread).look_again()

    async def leave_unread(self, tps: Iterable[TP], generation_id: int) -> None:
        """Fetch nothing of these partitions until the next assignment.

        Faust pauses a partition only where it takes records out of the client. The client would fetch what we write to
        the changelog, and while a fetch waits for nothing but that, partitions of the log wait for the next one.
        """
        thread = cast("_ConsumerThread", self._thread)
        await thread.call_thread(thread.pause, tps, generation_id)

    @override
    async def perform_seek(self) -> None:
        """Seek every partition of the log to the record that comes next for its state."""
        where = self._of_log(self._positions.next_offsets())
        if where:
            await self.seek_wait(where)


class LogTransport(driver.Transport):
    """Kafka, read by a `LogConsumer`."""

    Consumer = LogConsumer  # type: ignore[mutable-override]  # Faust declares the attribute so, and means a subclass


def create_app(positions: Positions, log_topic: str, **settings: Any) -> LogApp:
    """A Faust app whose agents read batches.

    `settings` are Faust's own. Its table hands its changelog to `positions`.
    """
    app = LogApp(
        stream_buffer_maxsize=FETCHES,
        ConsumerScheduler=Together,
        TableManager=Tables,
        Table=Changelog,
        **settings,
    )
    app.positions, app.log_topic = positions, log_topic
    schema = AsFetched(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.Table(
        "accounts",
        key_type=bytes,
        value_type=bytes,
        schema=schema,
        recovery_buffer_size=RECOVERY_FETCHES,
        extra_topic_configs=COMPACTED,
    )
    return app
