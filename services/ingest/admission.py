"""The admission loop: what is written to `events.v1` is decided on, kept under its account's key, and only then passed.

Read, decide, keep, commit. A crash in between reads records again, and they are recognised by their ids.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.dead_letters import DeadLetterReason
from schemas.text import flaw
from schemas.topics import EVENTS
from services.ingest.brake import Brake
from services.ingest.core.links import Heard, LinkBook
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.core.verdict import Decide, Receipt, Refused
from services.ingest.dialects import native
from services.ingest.intake import Intake, Original, unexpected
from services.ingest.metrics import ADMISSION_DELAY_SECONDS, UNEXPECTED, Door, count
from services.ingest.outbox import NotKept, Outbox
from services.ingest.sources import Sources
from services.runtime.clock import now

GROUP = "kizashi-admission"
SOURCE_HEADER = "source"  # the producer's stable name, where the topic's is not enough

_logger = logging.getLogger(__name__)
_BATCH_RECORDS = 1_000
_RETRY_SECONDS = 1.0
_MOST_FAILURES, _AMONG = 10, 1_000

Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class Admission:
    """Admits records of at most `longest` bytes. The consumer is a member of the group, and commits nothing itself."""

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self,
        consumer: AIOKafkaConsumer,
        outbox: Outbox,
        longest: int,
        *,
        book: LinkBook | None = None,
        sources: Sources | None = None,
        privacy: Privacy = EVERYTHING,
        decide: Decide = native.decide,
        pause: float = _RETRY_SECONDS,
    ) -> None:
        self._consumer = consumer
        self._outbox = outbox
        self._longest = longest
        self._decide_on = decide
        self._pause = pause
        self._book = LinkBook() if book is None else book
        self._privacy = privacy
        self._sources = Sources() if sources is None else sources
        self._brake = Brake(_MOST_FAILURES, _AMONG)

    async def run(self) -> None:
        """Never returns. Raises `BrakePulled`."""
        while True:
            records = await self._consumer.getmany(timeout_ms=1_000, max_records=_BATCH_RECORDS)
            if records:
                await self.take(records)

    async def take(self, records: Records) -> None:
        """Keep what these records become, then commit them."""
        intake = Intake(Heard(self._book))
        for record in _all(records):
            self._decide(record, intake)
        await self._keep(intake)
        count(Door.KAFKA, intake.accepted, intake.refused)
        newest = max(record.timestamp for record in _all(records))
        ADMISSION_DELAY_SECONDS.set(max(0, now() - newest) / 1_000)
        try:
            await self._consumer.commit({place: several[-1].offset + 1 for place, several in records.items()})
        except KafkaError as refused:  # the group was rebalanced, or Kafka is away: what was kept is recognised
            _logger.warning("commit refused", extra={"reason": type(refused).__name__})

    def _decide(self, record: ConsumerRecord, intake: Intake) -> None:
        place = f"{record.topic}/{record.partition}/{record.offset}"
        source = _source(record)
        name = EVENTS.name if isinstance(source, Refused) else source
        receipt = Receipt(record.timestamp, name, place, known=intake.known, privacy=self._privacy)
        value = record.value or b""
        try:
            decision = source if isinstance(source, Refused) else self._decide_on(value, receipt, self._longest)
            self._brake.passed()
        except Exception as failure:
            _logger.exception("admission failed", extra={"record": place})
            UNEXPECTED.inc()
            self._brake.failed()
            decision = unexpected(failure)
        intake.add(Original(value, place, receipt, record.key), decision)
        if isinstance(decision, Refused):
            self._sources.counted(name, record.timestamp, 0, {decision.reason: 1})
        else:
            self._sources.counted(name, record.timestamp, 1, {})

    async def _keep(self, intake: Intake) -> None:
        while True:
            try:
                return await self._outbox.keep(intake.outgoing)
            except NotKept as why:
                _logger.warning("admission waits", extra={"reason": str(why)})
                await asyncio.sleep(self._pause)


def _all(records: Records) -> Iterable[ConsumerRecord]:
    return (record for several in records.values() for record in several)


def _source(record: ConsumerRecord) -> str | Refused:
    """The producer's name in the record's headers, or the topic's."""
    for name, value in record.headers or ():
        if name == SOURCE_HEADER:
            source = str(value, "utf-8", "surrogateescape").strip()
            wrong = flaw(source)
            return Refused(DeadLetterReason.INVALID, f"the header `source` {wrong}") if wrong else source
    return EVENTS.name
