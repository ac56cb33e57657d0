"""Writes the events of the reference job to Kafka: in large batches, not compressed."""

import asyncio
from collections.abc import Awaitable

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from benchmarks.broker import PARTITIONS
from benchmarks.keyed.job import Expected, events
from schemas.activity import Tick
from schemas.codec import encode
from schemas.time import moment_of
from services.runtime.kafka import producer
from services.runtime.settings import KafkaSettings

TICKS_APART = 62  # events of a partition: 2,000 a second over 8 partitions, a tick every 250 ms
_BATCH_BYTES = 131_072
_partitioner = DefaultPartitioner()
_NUMBERS = list(range(PARTITIONS))
_TICK = encode(Tick(at=moment_of(0)))


class Writer:
    """Appends to the partitions of a topic in order."""

    def __init__(self, client: AIOKafkaProducer, topic: str) -> None:
        self._client, self._topic = client, topic
        self._batches = [client.create_batch() for _ in range(PARTITIONS)]
        self._delivered: list[Awaitable[object]] = []

    async def append(self, partition: int, key: bytes | None, value: bytes) -> None:
        """Write a record, with others."""
        if self._batches[partition].append(key=key, value=value, timestamp=None) is None:
            await self._send(partition)
            self._batches[partition].append(key=key, value=value, timestamp=None)

    async def end(self) -> None:
        """Everything has been written."""
        for partition in range(PARTITIONS):
            await self._send(partition)
        await asyncio.gather(*self._delivered)

    async def _send(self, partition: int) -> None:
        batch, self._batches[partition] = self._batches[partition], self._client.create_batch()
        batch.close()
        self._delivered.append(await self._client.send_batch(batch, self._topic, partition=partition))


def partition_of(key: bytes) -> int:
    """Where Java's producers put this key."""
    return int(_partitioner(key, _NUMBERS, _NUMBERS))


async def load(broker: KafkaSettings, count: int, topic: str, with_ticks: str | None = None) -> Expected:
    """Write so many events to `topic`, and to `with_ticks` with the ticks of a live instance; what they bring out."""
    partitions: dict[str, int] = {}
    seen = [0] * PARTITIONS
    wanted: Expected = {}
    async with producer(broker, "benchmark", compression_type=None, max_batch_size=_BATCH_BYTES) as client:
        plain = Writer(client, topic)
        ticking = Writer(client, with_ticks) if with_ticks else None
        for account_id, value, output in events(count):
            key = account_id.encode()
            partition = partitions.get(account_id)
            if partition is None:
                partition = partitions[account_id] = partition_of(key)
            if output is not None:
                wanted[account_id, output.total] = output
            await plain.append(partition, key, value)
            if ticking:
                await ticking.append(partition, key, value)
                seen[partition] += 1
                if seen[partition] % TICKS_APART == 0:
                    await ticking.append(partition, None, _TICK)
        await plain.end()
        if ticking:
            for partition in range(PARTITIONS):
                await ticking.append(partition, None, _TICK)  # what the last events brought out waits for it
            await ticking.end()
    return wanted
