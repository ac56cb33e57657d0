"""Records to the log in batches that we fill, for each partition in order: much faster than one by one.

NotAcknowledged   Kafka does not take what was written
"""

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from schemas.topics import ACTIVITY

Header = tuple[str, bytes]
_PATIENCE_SECONDS = 60.0  # a broker that restarts is back by then


class NotAcknowledged(Exception):
    """What was written is not known to be in the log."""

    def __init__(self) -> None:
        super().__init__("Kafka does not acknowledge what is imported. Import again: it goes on where it is.")


class LogWriter:
    """Writes to partitions of `activity.v1`. The producer is idempotent: a retry changes neither order nor count.

    At most one batch of a partition is unacknowledged while the next one fills.
    """

    def __init__(self, producer: AIOKafkaProducer, partitions: int) -> None:
        self._producer = producer
        self.partitions = partitions
        self._batches: dict[int, BatchBuilder] = {}
        self._sent: dict[int, asyncio.Future[object]] = {}
        self._partition_of: dict[str, int] = {}

    def partition_of(self, account_id: str) -> int:
        """The partition of an account: as every producer of Kafka's own clients would choose it."""
        found = self._partition_of.get(account_id)
        if found is None:
            found = (murmur2(account_id.encode()) & 0x7FFFFFFF) % self.partitions
            self._partition_of[account_id] = found
        return found

    async def append(
        self, partition: int, key: bytes | None, value: bytes, headers: list[Header] | None = None
    ) -> None:
        """Add a record; waits while the one before is under way. Raises `NotAcknowledged`, also for an earlier one."""
        batch = self._batches.get(partition)
        if batch is not None and batch.append(timestamp=None, key=key, value=value, headers=headers) is not None:
            return
        if batch is not None:
            await self._send(partition, batch)
        batch = self._batches[partition] = self._producer.create_batch()
        batch.append(timestamp=None, key=key, value=value, headers=headers)  # an empty batch takes any record

    async def close(self) -> None:
        """Send what is left and return when Kafka has acknowledged everything. Raises `NotAcknowledged`."""
        for partition, batch in sorted(self._batches.items()):
            await self._send(partition, batch)
        self._batches.clear()
        for partition in self._sent:
            await self._acknowledged(partition)

    async def _send(self, partition: int, batch: BatchBuilder) -> None:
        if partition in self._sent:
            await self._acknowledged(partition)
        batch.close()
        self._sent[partition] = await self._producer.send_batch(batch, ACTIVITY.name, partition=partition)

    async def _acknowledged(self, partition: int) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._sent[partition]
        except (TimeoutError, KafkaError) as silence:
            raise NotAcknowledged from silence
