"""Everything of Faust that we bend, in one place.

Faust owns partitions, tables and changelogs; it is made for one record at a time and loses events in rebalances when
it is given more (docs/decisions/0004-faust-shell.md). Each class below repairs one thing, through Faust's own
extension points: the settings `ConsumerScheduler`, `TableManager` and `Table`, a `Schema`, and a `Transport`. The
private names it relies on are listed in `PRIVATE_NAMES`; a test fails when a new Faust no longer has them.

Records of a partition reach the agent as one batch: the value of an event is a list of consumer records.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import faust
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import IllegalStateError
from aiokafka.structs import TopicPartition
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery, ServiceStopped
from faust.tables.table import Table
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from typing_extensions import override

from schemas.topics import COMPACTED

BATCH_RECORDS = 4_000
FETCH_WAIT_MS = 100  # Faust asks brokers to hold a fetch for 1.5 s: the first one of an assignment waits for the last
RECOVERY_BATCHES = 8  # batches of the changelog that recovery collects before it applies them

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
    driver.AIOKafkaConsumerThread: ("_create_worker_consumer", "_ensure_consumer", "call_thread", "seek_wait"),
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
    AIOKafkaConsumer: ("_coordinator", "_fetch_max_wait_ms", "_fetcher"),
    Fetcher: ("_fetch_waiters",),
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

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        """A record of the changelog."""


class Batch(NamedTuple):
    """Consecutive records of one partition, in the shape of the last of them, as Faust wants to see a record."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes
    value: list[Any]
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


class Batches:
    """A `ConsumerScheduler` that hands records on as batches of one partition, each partition in its turn.

    It also forgets Faust's read offset: Faust sets it after a batch has been handed on, in a race with every seek,
    and drops what is read again as read already. The agent itself knows which record comes next.
    """

    read_offsets: MutableMapping[TP, int | None]  # Faust's; given by LogConsumer

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Batch]]:
        """The records of a fetch in batches."""
        for tp, of_partition in records.items():
            for start in range(0, len(of_partition), BATCH_RECORDS):
                batch = of_partition[start : start + BATCH_RECORDS]
                last = batch[-1]
                self.read_offsets[tp] = None
                yield tp, Batch(tp.topic, tp.partition, last.offset, last.timestamp, last.timestamp_type, b"", batch)


class BatchSchema(faust.Schema[bytes, bytes]):
    """Hands a batch to its reader as it is.

    Whoever reads records decodes them, and keeps the bytes of those it cannot.
    """

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
            for record in event.value:
                positions.restore(record.partition, record.key, record.value)
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

    The thread that reads has this very set while it waits for records, and takes one that has become empty for leave to
    read everything: records of partitions that are paused, whose position then is behind them, and which Faust drops.
    """

    def __bool__(self) -> bool:
        return True


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    @override
    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust has no setting for it
        return consumer

    def look_again(self) -> None:
        """Have a read that waits for new records look at those which are there: of partitions that were paused."""
        self.thread_loop.call_soon_threadsafe(self._notify_readers)

    def _notify_readers(self) -> None:
        for waiting in list(self._ensure_consumer()._fetcher._fetch_waiters):  # noqa: SLF001 - nothing public wakes it
            if not waiting.done():
                waiting.set_result(None)

    async def pause(self, tps: Iterable[TP], generation_id: int) -> None:
        """Pause partitions in the client unless it has another assignment by now: there they have to be read."""
        client = self._ensure_consumer()
        if client._coordinator.generation == generation_id:  # noqa: SLF001 - where Faust has its own from
            client.pause(*(TopicPartition(*tp) for tp in tps))


class LogConsumer(driver.Consumer):
    """A consumer that commits what has been delivered.

    And seeks to where the state is; Faust's acknowledgements are not used.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("Batches", self.scheduler).read_offsets = self._read_offset

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
    app = LogApp(ConsumerScheduler=Batches, TableManager=Tables, Table=Changelog, **settings)
    app.positions, app.log_topic = positions, log_topic
    schema = BatchSchema(key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.Table(
        "accounts",
        key_type=bytes,
        value_type=bytes,
        schema=schema,
        recovery_buffer_size=RECOVERY_BATCHES,
        extra_topic_configs=COMPACTED,
    )
    return app
