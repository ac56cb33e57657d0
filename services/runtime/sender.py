"""Records on their way into Kafka, one at a time. Each is acknowledged before anyone is told so.

NotAcknowledged   it is not known whether the record is kept: say it again
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, NoReturn

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from services.runtime.kafka import producer
from services.runtime.settings import KafkaSettings

_PATIENCE_SECONDS: Final = 5.0  # a person waits for the answer
_RETRY_SECONDS: Final = 1.0

logger = logging.getLogger(__name__)


class NotAcknowledged(Exception):
    """Kafka has not said that it keeps the record."""


class Sender:
    """Keeps a producer open for as long as it runs, also when Kafka comes later than we do."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._has_failed = asyncio.Event()

    async def run(self) -> NoReturn:
        """Hold the producer until cancelled."""
        while True:
            try:
                async with producer(self._settings, self._client_id) as self._producer:
                    await self._has_failed.wait()
                    self._has_failed.clear()
            except (KafkaError, OSError) as away:
                logger.warning("no producer yet", extra={"error": str(away)})
            finally:
                self._producer = None
            await asyncio.sleep(_RETRY_SECONDS)

    @property
    def is_connected(self) -> bool:
        """Whether there is a producer. What it is given may still not be acknowledged."""
        return self._producer is not None

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> RecordMetadata:
        """Where the record is now kept: in the key's partition unless another is named. Raises NotAcknowledged."""
        if self._producer is None:
            msg = "Kafka cannot be reached"
            raise NotAcknowledged(msg)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._producer.send_and_wait(topic, value, key, partition=partition, headers=list(headers))
        except TimeoutError as silence:
            msg = "Kafka does not answer"
            raise NotAcknowledged(msg) from silence
        except KafkaError as refusal:
            msg = f"Kafka refuses: {refusal}"
            raise NotAcknowledged(msg) from refusal
