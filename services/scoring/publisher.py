"""Writes records to Kafka in batches, and returns when every one of them is acknowledged.

Undelivered   Kafka has not acknowledged for so long that nobody should go on waiting
"""

import asyncio
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from aiokafka import AIOKafkaProducer

from schemas.dead_letters import Header

DELIVERY_SECONDS = 120.0  # as in Java's clients (delivery.timeout.ms); aiokafka would wait for ever


class Undelivered(Exception):
    """A client that waits so long may never get an answer: its successor begins with a new one."""


class Publisher:
    """Producers for partitions that are known. Everything they are given is delivered in order, or it raises."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        unfenced: AIOKafkaProducer,
        apart: Mapping[str, AIOKafkaProducer] = MappingProxyType({}),
    ) -> None:
        """Started producers with acks=all: of partitions that have been claimed, and of any.

        `apart`: topics with a fenced producer of their own, since a producer has one request under way with a broker.
        """
        self._producer = producer
        self._unfenced = unfenced
        self._apart = apart

    async def publish(self, topic: str, partition: int, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        """Write (key, value) pairs to one partition.

        Raises aiokafka's KafkaError when one of them is refused, and Undelivered.
        """
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._publish(topic, partition, records)
        except TimeoutError as late:
            msg = f"{topic}/{partition} has not acknowledged within {DELIVERY_SECONDS:g} s"
            raise Undelivered(msg) from late

    async def _publish(self, topic: str, partition: int, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        acknowledged, producer = [], self._apart.get(topic, self._producer)
        batch = producer.create_batch()
        for key, value in records:
            if batch.append(key=key, value=value, timestamp=None) is None:  # the batch is full
                batch.close()
                acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None)
        if batch.record_count():
            batch.close()
            acknowledged.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*acknowledged)

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: list[Header]) -> None:
        """Write one record to whatever partition its key belongs to."""
        await self._unfenced.send_and_wait(topic, value, key, headers=headers)

    async def append(self, topic: str, partition: int, value: bytes) -> int:
        """Write one record without a key to a partition; its offset."""
        metadata = await self._producer.send_and_wait(topic, value, partition=partition)
        return int(metadata.offset)
