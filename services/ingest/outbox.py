"""Where records go that must be kept before a sender is told so: a port, and Kafka behind it.

NotKept   they are not known to be kept: the sender must send them again
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.ingest.metrics import WAITING

_logger = logging.getLogger(__name__)
_SILENT = "Kafka does not acknowledge"
_BROKEN = "Kafka refuses, and this process ends"


class Outgoing(NamedTuple):
    """A record on its way to a topic; its key chooses the partition, as murmur2 does everywhere."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


class NotKept(Exception):
    """It is not known whether the records are kept. The message says why."""


class Outbox(Protocol):
    """Keeps records."""

    async def keep(self, records: Sequence[Outgoing]) -> None:
        """Returns once all are kept: only the loss of the brokers' disks loses them. Raises `NotKept`."""


class KafkaOutbox:
    """Keeps records in Kafka: acknowledged by all replicas in sync.

    The producer is idempotent, and goes on trying to deliver what it has taken, so a record may arrive although
    `NotKept` was raised: sent again, it is recognised by its message id. While anything waits for longer than
    `patience` nothing more is taken: an outage answers at once and costs no memory.
    """

    def __init__(self, producer: AIOKafkaProducer, patience: float) -> None:
        self._producer = producer
        self._patience = patience
        self._waiting: dict[asyncio.Future[object], float] = {}  # in the order of time
        self.broken = asyncio.Event()  # the producer cannot go on: the process must end

    async def keep(self, records: Sequence[Outgoing]) -> None:
        """As `Outbox.keep`."""
        if self.reason is not None:
            raise NotKept(self.reason)
        try:
            async with asyncio.timeout(self._patience):
                sent = [await self._send(record) for record in records]
                if sent:
                    await asyncio.wait(sent)  # unlike gather, it leaves them alone when time is up
            for one in sent:
                one.result()
        except TimeoutError as silence:
            raise NotKept(_SILENT) from silence
        except KafkaError as refusal:
            _logger.exception("producer failed")
            self.broken.set()
            raise NotKept(_BROKEN) from refusal

    @property
    def reason(self) -> str | None:
        """Why nothing would be taken now; None if it would."""
        if self.broken.is_set():
            return _BROKEN
        oldest = next(iter(self._waiting.values()), None)
        if oldest is not None and asyncio.get_running_loop().time() - oldest > self._patience:
            return _SILENT
        return None

    async def _send(self, record: Outgoing) -> asyncio.Future[object]:
        begins = asyncio.get_running_loop().time()
        sent: asyncio.Future[object] = await self._producer.send(
            record.topic, record.value, record.key, headers=record.headers
        )
        self._waiting[sent] = begins
        WAITING.set(len(self._waiting))
        sent.add_done_callback(self._arrived)
        return sent

    def _arrived(self, sent: asyncio.Future[object]) -> None:
        del self._waiting[sent]
        WAITING.set(len(self._waiting))
        if not sent.cancelled():
            sent.exception()  # looked at here, too, where nobody waits for it any more
