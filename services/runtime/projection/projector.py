"""A projector: the records of one topic become rows of PostgreSQL, each once, whoever is killed meanwhile.

It starts where PostgreSQL says, not where Kafka says, and writes a polled batch in one transaction with the offsets it
moves (writer.py). Partitions are assigned by hand and Kafka keeps nothing: a restarted process goes on at once, where a
consumer group would first wait for its dead member to time out.

Of several processes one projects and the others stand by. A lock of PostgreSQL elects it, on the very connection that
writes: who loses the connection has lost both. The election saves work; what makes it safe are the locked offsets.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Final, NoReturn, Protocol, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.runtime.projection import writer
from services.runtime.sender import NotAcknowledged

BATCH_RECORDS: Final = 1_000  # about 20 ms of work: requests are served between batches, and wait no longer
_POLL_MS: Final = 500  # how long an empty poll waits; a record ends it at once
_STANDBY_SECONDS: Final = 1.0  # how soon a dead projector's work is taken over
_SHORTEST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0  # so that a database that is back is used within seconds

Record: TypeAlias = ConsumerRecord[bytes | None, bytes | None]
Records = Mapping[TopicPartition, Sequence[Record]]

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


class Projection(Protocol):
    """What becomes of the records of a topic. `reader` names it in the table `offsets`, for ever."""

    @property
    def reader(self) -> str:
        """Its name."""

    @property
    def topic(self) -> str:
        """What it reads."""

    async def begin(self, connection: AsyncConnection) -> None:
        """Called with the office taken and before the first batch: what is remembered is read anew."""

    async def write(self, connection: AsyncConnection, batch: Records) -> Callable[[], None]:
        """Write a batch (which may be empty) in the transaction that is open; what is returned runs once it is kept."""

    def interrupted(self) -> None:
        """Something was away, and all is tried again."""


class Projector:
    """Projects for as long as it runs. `phase` and `trouble` say how it goes."""

    def __init__(
        self,
        engine: AsyncEngine,
        open_consumer: Callable[[], AbstractAsyncContextManager[AIOKafkaConsumer]],
        projection: Projection,
    ) -> None:
        self._engine = engine
        self._open_consumer = open_consumer
        self._projection = projection
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
                self._projection.interrupted()
                logger.warning("projection interrupted", extra={"error": self.trouble, "retry_seconds": self._wait})
            await asyncio.sleep(self._wait)
            self._wait = min(2 * self._wait, _LONGEST_WAIT)

    async def readiness(self) -> str | None:
        """A check: records are being written, here or by another process."""
        if self.phase in (Phase.PROJECTING, Phase.STANDBY):
            return None
        return self.trouble or self.phase.value

    async def _hold_office(self) -> None:
        async with self._engine.connect() as connection:
            try:
                while not await writer.take_office(connection, self._projection.reader):
                    self.phase, self.trouble = Phase.STANDBY, None
                    await asyncio.sleep(_STANDBY_SECONDS)
                await self._project(connection)
            finally:
                await connection.invalidate()  # closed, not pooled: the office ends with the session

    async def _project(self, connection: AsyncConnection) -> None:
        async with self._open_consumer() as consumer:
            applied = await self._begin(connection, consumer)
            self.phase, self.trouble = Phase.PROJECTING, None
            logger.info("projecting", extra={"topic": self._projection.topic, "offsets": applied})
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
        reader, topic = self._projection.reader, self._projection.topic
        async with connection.begin():
            partitions = range(await writer.partitions(connection))
        if not partitions:
            msg = "the log has not been opened yet: `kizashi up` does it, in production `kizashi prepare`"
            raise OutOfStep(msg)
        places = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(places)
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        async with connection.begin():
            await writer.begin_offsets(connection, reader, topic, partitions)
            applied = await writer.lock_offsets(connection, reader, topic, partitions)
            for place in places:
                offset = applied[place.partition]
                if offset > ends[place]:
                    msg = f"{topic}/{place.partition} ends at {ends[place]}, but was applied up to {offset}"
                    raise OutOfStep(msg)
                if offset < begins[place]:
                    logger.warning("records were trimmed unread", extra={"topic": topic, "partition": place.partition})
                    applied[place.partition] = begins[place]
                consumer.seek(place, applied[place.partition])
            await writer.move_offsets(connection, reader, topic, applied)
            await self._projection.begin(connection)
        return applied

    async def _apply(
        self, connection: AsyncConnection, batch: Records, applied: Mapping[int, int], reached: Mapping[int, int]
    ) -> None:
        """Write a batch and move the offsets from `applied` to `reached`, in one transaction."""
        reader, topic = self._projection.reader, self._projection.topic
        moved = {partition: offset for partition, offset in reached.items() if offset != applied[partition]}
        async with connection.begin():
            stored = await writer.lock_offsets(connection, reader, topic, moved)
            if any(stored[partition] != applied[partition] for partition in moved):
                msg = "another process has moved the offsets, or the database was restored"
                raise OutOfStep(msg)
            kept = await self._projection.write(connection, batch)
            await writer.move_offsets(connection, reader, topic, moved)
        kept()
