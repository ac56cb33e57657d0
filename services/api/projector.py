"""The projector: score-changes.v1 becomes rows of PostgreSQL, each change once, whoever is killed meanwhile.

It starts where PostgreSQL says, not where Kafka says, and writes a polled batch in one transaction with the offsets it
moves (writer.py). Partitions are assigned by hand and Kafka keeps nothing: a restarted process goes on at once, where a
consumer group would first wait for its dead member to time out.

Of several processes one projects and the others stand by. A lock of PostgreSQL elects it, on the very connection that
writes: who loses the connection has lost both. The election saves work; what makes it safe are the locked offsets.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Final, NoReturn

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.topics import SCORE_CHANGES
from services.api import metrics, queries, writer
from services.api.received import Received, Unusable, receive
from services.api.sender import NotAcknowledged

READER: Final = "api"
TOPIC: Final = SCORE_CHANGES.name
BATCH_RECORDS: Final = 1_000  # about 20 ms of work: requests are served between batches, and wait no longer
_POLL_MS: Final = 500  # how long an empty poll waits; a record ends it at once
_STANDBY_SECONDS: Final = 1.0  # how soon a dead projector's work is taken over
_SHORTEST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0  # so that a database that is back is used within seconds

Records = Mapping[TopicPartition, Sequence[ConsumerRecord[bytes | None, bytes | None]]]
Refuse = Callable[[ConsumerRecord[bytes | None, bytes | None], str], Awaitable[None]]

logger = logging.getLogger(__name__)


class OutOfStep(Exception):
    """PostgreSQL and Kafka do not fit together as they should; says how."""


# What passes, or waits for somebody: the batch is tried again. Anything else is a mistake of ours and ends the process.
_EXPECTED = (OSError, SQLAlchemyError, KafkaError, NotAcknowledged, OutOfStep)


class Phase(StrEnum):
    """What a projector is doing."""

    STARTING = "starting"
    STANDBY = "standby"  # another process projects
    PROJECTING = "projecting"
    RETRYING = "retrying"  # something is away


class Projector:
    """Projects for as long as it runs. `phase` and `trouble` say how it goes."""

    def __init__(
        self,
        engine: AsyncEngine,
        open_consumer: Callable[[], AbstractAsyncContextManager[AIOKafkaConsumer]],
        refuse: Refuse,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._open_consumer = open_consumer
        self._refuse = refuse
        self._now = now
        self._wait = _SHORTEST_WAIT
        self.phase = Phase.STARTING
        self.trouble: str | None = None

    async def run(self) -> NoReturn:
        """Project until cancelled, waiting and trying again while something is away."""
        while True:
            try:
                await self._hold_office()
            except _EXPECTED as error:
                self.phase, self.trouble = Phase.RETRYING, f"{type(error).__name__}: {error}"
                metrics.PROJECTOR_FAILURES.inc()
                logger.warning("projection interrupted", extra={"error": self.trouble, "retry_seconds": self._wait})
            await asyncio.sleep(self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT)

    async def _hold_office(self) -> None:
        async with self._engine.connect() as connection:
            try:
                while not await writer.take_office(connection, READER):
                    self.phase, self.trouble = Phase.STANDBY, None
                    await asyncio.sleep(_STANDBY_SECONDS)
                await self._project(connection)
            finally:
                await connection.invalidate()  # closed, not pooled: the office ends with the session

    async def _project(self, connection: AsyncConnection) -> None:
        async with self._open_consumer() as consumer:
            applied = await self._begin(connection, consumer)
            self.phase, self.trouble = Phase.PROJECTING, None
            logger.info("projecting", extra={"offsets": applied})
            while True:
                batch = await consumer.getmany(timeout_ms=_POLL_MS, max_records=BATCH_RECORDS)
                # Positions, not the last records: the marks of transactions take offsets as well, and carry nothing.
                reached = {place.partition: await consumer.position(place) for place in consumer.assignment()}
                if reached != applied:
                    await self._apply(connection, batch, applied, reached)
                    applied = reached
                    self._wait = _SHORTEST_WAIT

    async def _begin(self, connection: AsyncConnection, consumer: AIOKafkaConsumer) -> dict[int, int]:
        """Take the consumer to where PostgreSQL says."""
        async with connection.begin():
            partitions = range(await queries.partitions(connection))
        if not partitions:
            msg = "the log has not been opened yet: `kizashi up` does it, in production `kizashi prepare`"
            raise OutOfStep(msg)
        places = [TopicPartition(TOPIC, partition) for partition in partitions]
        consumer.assign(places)
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        async with connection.begin():
            await writer.begin_offsets(connection, READER, TOPIC, partitions)
            applied = await writer.lock_offsets(connection, READER, TOPIC, partitions)
            for place in places:
                offset = applied[place.partition]
                if offset > ends[place]:
                    msg = f"{TOPIC}/{place.partition} ends at {ends[place]}, but was applied up to {offset}"
                    raise OutOfStep(msg)
                if offset < begins[place]:
                    logger.warning("records were trimmed unread", extra={"partition": place.partition})
                    applied[place.partition] = begins[place]
                consumer.seek(place, applied[place.partition])
            await writer.move_offsets(connection, READER, TOPIC, applied)
        return applied

    async def _apply(
        self, connection: AsyncConnection, batch: Records, applied: Mapping[int, int], reached: Mapping[int, int]
    ) -> None:
        """Write a batch and move the offsets from `applied` to `reached`, in one transaction."""
        moved = {partition: offset for partition, offset in reached.items() if offset != applied[partition]}
        with metrics.BATCH_SECONDS.time():
            async with connection.begin():
                stored = await writer.lock_offsets(connection, READER, TOPIC, moved)
                if any(stored[partition] != applied[partition] for partition in moved):
                    msg = "another process has moved the offsets, or the database was restored"
                    raise OutOfStep(msg)
                received = await self._received(batch)
                new, conflicts = await writer.write_changes(connection, received, self._now()) if received else (0, [])
                await writer.move_offsets(connection, READER, TOPIC, moved)
        self._count(received, new, conflicts)

    async def _received(self, batch: Records) -> list[Received]:
        """The changes of a batch; what is none becomes a dead letter, acknowledged before its offset is moved."""
        received = []
        for place, records in batch.items():
            for record in records:
                try:
                    received.append(receive(record.value, place.partition, record.offset))
                except Unusable as unusable:
                    await self._refuse(record, str(unusable))
                    metrics.CHANGES.labels(metrics.Outcome.UNUSABLE).inc()
        return received

    def _count(self, received: Sequence[Received], new: int, conflicts: Sequence[Received]) -> None:
        metrics.CHANGES.labels(metrics.Outcome.NEW).inc(new)
        metrics.CHANGES.labels(metrics.Outcome.AGAIN).inc(len(received) - new - len(conflicts))
        metrics.CHANGES.labels(metrics.Outcome.CONFLICT).inc(len(conflicts))
        for conflict in conflicts:
            logger.error("change came again with other content", extra={"change_id": conflict.change.id})
        for one in received[-1:]:
            metrics.KNOWN_TO_SERVED_SECONDS.observe((self._now() - one.change.known_at).total_seconds())
