"""Writes records to Kafka, many at a time: one batch for each partition, acknowledged by all replicas in sync.

WriteFailed   the producer cannot go on: it must be opened anew, and the records written again
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Final, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.topics import ACTIVITY, DEAD_LETTERS, USER_LINKS
from services.ingest.outbox import Outgoing
from services.runtime.kafka import KafkaUnreachable, await_brokers, producer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings

_BATCH_BYTES: Final = 262_144
_FEWEST_COMPRESSED: Final = 4  # records of a batch
_UNCOMPRESSED: Final = 0  # as Kafka numbers it
_REQUEST_MS: Final = 10_000  # a broker that has hung is asked again after that
_REMEMBERED_KEYS: Final = 100_000  # each about 100 bytes; hashing one in Python costs as much as reading an event


class WriteFailed(Exception):
    """Kafka refused, or the connection to it cannot go on."""


class Writer(Protocol):
    """Writes records. Opened again, it begins anew: what it was given before it has given up."""

    async def open(self, patience: float) -> None:
        """Be ready to write. Raises `KafkaUnreachable` if no broker answers in time, and `LogRefused`."""

    async def write(self, records: Sequence[Outgoing]) -> None:
        """Returns once all are acknowledged, however long that takes. Raises `WriteFailed`."""

    async def close(self) -> None:
        """Let go of Kafka."""


class KafkaWriter:
    """A writer with an idempotent producer, which goes on delivering what it was given for as long as it is open."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}
        self._places: dict[bytes, int] = {}
        self._turn = count()
        self._open = AsyncExitStack()

    async def open(self, patience: float) -> None:
        """As `Writer.open`."""
        await self.close()
        await await_brokers(self._settings, self._client_id, patience)
        try:
            identity = await read_log(self._settings)
            sending = await self._open.enter_async_context(
                producer(self._settings, self._client_id, max_batch_size=_BATCH_BYTES, request_timeout_ms=_REQUEST_MS)
            )
            others = {topic: len(await sending.partitions_for(topic)) for topic in (DEAD_LETTERS.name, USER_LINKS.name)}
        except (KafkaError, OSError, TimeoutError) as gone:
            await self.close()
            msg = f"Kafka went away again: {gone}"
            raise KafkaUnreachable(msg) from gone
        self._producer = sending
        self._partitions = {ACTIVITY.name: identity.partitions, **others}

    async def write(self, records: Sequence[Outgoing]) -> None:
        """As `Writer.write`."""
        if self._producer is None:
            msg = "there is no connection to Kafka"
            raise WriteFailed(msg)
        try:
            sent = [
                await self._producer.send_batch(batch, topic, partition=partition)
                for (topic, partition), batches in self._batches(self._producer, records).items()
                for batch in batches
            ]
            if sent:
                await asyncio.wait(sent)
            refusals = [one.exception() for one in sent]
            for refusal in filter(None, refusals):
                raise refusal
        except KafkaError as refused:
            msg = f"{type(refused).__name__}: {refused}"
            raise WriteFailed(msg) from refused

    async def close(self) -> None:
        """As `Writer.close`."""
        self._producer = None
        await self._open.aclose()

    def _batches(
        self, sending: AIOKafkaProducer, records: Sequence[Outgoing]
    ) -> dict[tuple[str, int], list[BatchBuilder]]:
        """The records of each partition, in their order, in as many batches as they need."""
        found: dict[tuple[str, int], list[Outgoing]] = {}
        for record in records:
            place = (record.topic, self._partition(record))
            those = found.get(place)
            if those is None:
                found[place] = [record]
            else:
                those.append(record)
        return {place: list(packed(sending, those)) for place, those in found.items()}

    def _partition(self, record: Outgoing) -> int:
        """As every client of Kafka chooses it; those without a key take turns."""
        number = self._partitions[record.topic]
        if record.key is None:
            return next(self._turn) % number
        place = self._places.get(record.key)
        if place is None:
            if len(self._places) >= _REMEMBERED_KEYS:
                self._places.clear()
            place = self._places[record.key] = murmur2(record.key) & 0x7FFFFFFF
        return place % number


def packed(sending: AIOKafkaProducer, records: Sequence[Outgoing]) -> Iterator[BatchBuilder]:
    """The records in batches; a few are not worth compressing, which would cost more than all else."""
    few = len(records) < _FEWEST_COMPRESSED
    batch = BatchBuilder(_BATCH_BYTES, _UNCOMPRESSED) if few else sending.create_batch()
    for record in records:
        if not _append(batch, record):
            yield batch
            batch = sending.create_batch()
            _append(batch, record)  # the first of a batch fits, whatever its size
    yield batch


def _append(batch: BatchBuilder, record: Outgoing) -> bool:
    return batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers) is not None
