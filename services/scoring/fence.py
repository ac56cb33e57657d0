"""One owner of a partition at a time, proven by the broker: whoever claimed it last may write, and nobody else.

A claim asks Kafka for the next epoch of the partition's producer id (`InitProducerId` with a transactional id of the
partition's own) and writes a record of that epoch into its changelog. From that record on the broker refuses what the
owner before still sends, however late (docs/decisions/0007-fence.md). There are no transactions.

    Unclaimed   a write to a partition that this process has not claimed: a mistake of ours
    aiokafka.errors.ProducerFenced   another process has claimed the partition since: end, without another write
"""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import ConcurrentTransactions, KafkaError, NoError, ProducerFenced, for_code
from aiokafka.producer.message_accumulator import MessageAccumulator
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.structs import TopicPartition
from typing_extensions import override

from services.scoring.changelog import CLAIM_KEY

log = logging.getLogger(__name__)

REPEATED_SECONDS = 3_600.0  # brokers forget the epochs of a partition a day after its last record
RENEWED_SECONDS = 86_400.0  # and a transactional id 7 days after it was last asked for
_RETRY_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0  # before it is said: brokers that have just started make the coordinators' topic first
_UNUSED_TIMEOUT_MS = 60_000  # of transactions, which there are none of; Kafka wants one

PRIVATE_NAMES: Mapping[type, tuple[str, ...]] = {
    AIOKafkaProducer: ("_txn_manager", "_sender", "_message_accumulator"),
    Sender: ("_txn_manager",),
    MessageAccumulator: ("_txn_manager", "maybe_add_partition_to_txn", "sequence_number", "producer_id"),
    TransactionManager: ("_sequence_numbers",),
}


class Unclaimed(Exception):
    """Only a partition that has been claimed may be written to."""


class Claim(msgspec.Struct, frozen=True):
    """What a claim record says, for people who read the changelog."""

    epoch: int
    worker: str = msgspec.field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}")


class Claimed(NamedTuple):
    """A partition is this process's.

    `offset`: of the claim in the changelog. `is_unbroken`: nobody has claimed the partition since this process did.
    """

    offset: int
    is_unbroken: bool


@dataclass(slots=True)
class _Held:
    producer_id: int
    epoch: int
    renewed: float  # loop times
    repeated: float


class Epochs(TransactionManager):  # type: ignore[misc]  # aiokafka has no types
    """The producer id and epoch of every partition number, for idempotent producers that share no topic.

    A producer asks for a batch's sequence number, and right after for the id and epoch that go with it.
    """

    def __init__(self) -> None:
        super().__init__(transactional_id=None, transaction_timeout_ms=_UNUSED_TIMEOUT_MS)
        self._ids: dict[int, tuple[int, int]] = {}
        self._asked_for = -1

    def hold(self, partition: int, producer_id: int, epoch: int) -> None:
        """Write to this partition of any topic with another id and epoch from now on; they count from 0."""
        self._ids[partition] = producer_id, epoch
        for place in [place for place in self._sequence_numbers if place.partition == partition]:
            del self._sequence_numbers[place]

    @override
    def has_pid(self) -> bool:
        return True

    @override
    def maybe_add_partition_to_txn(self, tp: TopicPartition) -> None:
        """Called with every new batch. Later than here the producer would lose it and wait for it for ever."""
        if tp.partition not in self._ids:
            msg = f"partition {tp.partition} has not been claimed"
            raise Unclaimed(msg)

    @override
    def sequence_number(self, tp: TopicPartition) -> int:
        self._asked_for = tp.partition
        return int(super().sequence_number(tp))

    @property
    @override
    def producer_id(self) -> int:
        return self._ids[self._asked_for][0]

    @property
    @override
    def producer_epoch(self) -> int:
        return self._ids[self._asked_for][1]


class Fence:
    """Claims partitions for this process. What its producers write elsewhere than to claimed ones is refused."""

    def __init__(self, producer: AIOKafkaProducer, application: str, changelog: str, *others: AIOKafkaProducer) -> None:
        """A started, idempotent producer that has written nothing yet, to write claims with into the changelog.

        `application` begins the transactional ids: everybody who may own a partition has to use the same. `others`:
        more such producers, of other topics.
        """
        self._producer = producer
        self._application = application
        self._changelog = changelog
        self._held: dict[int, _Held] = {}
        self._epochs = Epochs()
        for fenced in (producer, *others):
            for part in (fenced, fenced._sender, fenced._message_accumulator):  # noqa: SLF001 - see PRIVATE_NAMES
                part._txn_manager = self._epochs  # noqa: SLF001 - (same)

    async def claim(self, partition: int) -> Claimed:
        """Own a partition: what former owners still write to its changelog is refused from here on.

        Whoever reads the changelog up to the claim has read everything that counts. Every claim takes the next epoch,
        so that one that follows our own has none between. Raises KafkaError.
        """
        producer_id, epoch = await self._next_epoch(f"{self._application}-{partition}")
        self._epochs.hold(partition, producer_id, epoch)
        before = self._held.get(partition)
        is_unbroken = before is not None and (producer_id, epoch) == (before.producer_id, before.epoch + 1)
        now = asyncio.get_running_loop().time()
        self._held[partition] = _Held(producer_id, epoch, renewed=now, repeated=now)
        return Claimed(await self._say(partition, epoch), is_unbroken)

    async def keep(self, partition: int) -> None:
        """Repeat a claim before brokers forget it. To be called often, by the one who writes to the partition.

        Raises ProducerFenced if somebody else has claimed it.
        """
        held, now = self._held[partition], asyncio.get_running_loop().time()
        if now - held.renewed >= RENEWED_SECONDS:
            if not (await self.claim(partition)).is_unbroken:
                raise ProducerFenced
        elif now - held.repeated >= REPEATED_SECONDS:
            held.repeated = now
            await self._say(partition, held.epoch)

    async def _say(self, partition: int, epoch: int) -> int:
        said = msgspec.json.encode(Claim(epoch))
        metadata = await self._producer.send_and_wait(self._changelog, said, CLAIM_KEY, partition)
        return int(metadata.offset)

    async def _next_epoch(self, transactional_id: str) -> tuple[int, int]:
        """The producer id of a partition, and an epoch that nobody had before. Asks until it is answered."""
        client = self._producer.client
        request = InitProducerIdRequest(transactional_id, _UNUSED_TIMEOUT_MS)
        now = asyncio.get_running_loop().time
        said_at = now()
        while True:
            try:
                node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
                if await client.ready(node, group=ConnectionGroup.COORDINATION):
                    answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
                    problem = for_code(answer.error_code)
                    if problem is NoError:
                        return answer.producer_id, answer.producer_epoch
                    raise problem(transactional_id)
            except ConcurrentTransactions:
                pass
            except KafkaError as failure:
                if not failure.retriable:
                    raise
                if now() - said_at >= _PATIENCE_SECONDS:
                    said_at = now()
                    log.warning("claim is tried again", extra={"id": transactional_id, "reason": str(failure)})
                await client.force_metadata_update()
            await asyncio.sleep(_RETRY_SECONDS)
