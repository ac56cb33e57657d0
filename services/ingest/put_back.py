"""Puts events into the log whose user was not known when they came, once a link says where the user belongs.

Every process of ingest waits for its share of the dead letters, and keeps those of the last 48 hours in memory: an
older event would be too late. An event that is put back is what it would have been had the link come first; its letter
is then marked in the same partition, which whoever waits for it after us reads. A crash in between puts it back twice,
under the same id.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Final, Never

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from typing_extensions import override

from schemas.activity import Event
from schemas.codec import Unreadable
from schemas.dead_letters import PUT_BACK, DeadLetterReason, read_headers
from schemas.forgetting import Subject
from schemas.time import MINUTE, instant_of
from schemas.topics import DEAD_LETTERS, EVENTS
from services.ingest.core.admit import LATENESS
from services.ingest.core.links import Heard, LinkBook
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.core.verdict import Admitted, Receipt
from services.ingest.core.waiting import Letter, Waiting
from services.ingest.dialects.catalogue import decide_of
from services.ingest.intake import Intake, Original
from services.ingest.metrics import GIVEN_UP, PUT_BACK_TOTAL, UNEXPECTED, WAITING_LETTERS, GiveUp
from services.ingest.outbox import NotKept, Outbox
from services.runtime.clock import now
from services.runtime.kafka import KafkaUnreachable

GROUP: Final = "kizashi-put-back"

Mark = Callable[[Letter], Awaitable[None]]  # lets whoever reads the letters anew know that one is in the log
Clients = tuple[AIOKafkaConsumer, AIOKafkaProducer]  # the consumer is a member of the group, of no topic yet
OpenClients = Callable[[], AbstractAsyncContextManager[Clients]]

_MOST_BYTES: Final = 64 << 20  # tens of thousands of events; a product that links nobody must not fill the memory
_LARGEST: Final = 1_000_000  # bytes of an event: it was small enough when it came
_POLL_MS: Final = 500  # and so is a link noticed
_RETRY_SECONDS: Final = 1.0

_logger = logging.getLogger(__name__)


class PutBack:
    """Waits for links, and puts back. `linked` is told of every user that a link names."""

    def __init__(
        self, book: LinkBook, outbox: Outbox, most_bytes: int = _MOST_BYTES, privacy: Privacy = EVERYTHING
    ) -> None:
        self._privacy = privacy
        self._book = book
        self._outbox = outbox
        self._waiting = Waiting(most_bytes)
        self._candidates: set[str] = set()  # users that may be known by now, and may have letters

    def linked(self, user_id: str) -> None:
        """A link has come."""
        self._candidates.add(user_id)

    def forget(self, subject: Subject) -> None:
        """Nothing of a user who is forgotten is put back."""
        for letter in self._waiting.of(subject.id) if subject.field == "user_id" else ():
            self._waiting.drop(letter.place)

    async def run(self, open_clients: OpenClients) -> Never:
        """Wait until cancelled, beginning anew after an outage."""
        while True:
            share = _Share(self._waiting)
            try:
                async with open_clients() as (consumer, producer):
                    share.consumer = consumer
                    consumer.subscribe([DEAD_LETTERS.name], listener=share)
                    while True:
                        for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                            self.read(records)
                        if await share.is_read():  # before, a letter may be marked further on
                            await self.settle(_marking(producer))
            except (KafkaError, KafkaUnreachable, OSError) as away:
                _logger.warning("nothing is put back", extra={"reason": f"{type(away).__name__}: {away}"})
                await asyncio.sleep(_RETRY_SECONDS)

    def read(self, records: Iterable[ConsumerRecord]) -> None:
        """Take in letters and marks."""
        for record in records:
            marked = next((value for name, value in record.headers if name == PUT_BACK), None)
            if marked is not None:
                self._waiting.drop((record.partition, int(marked)))
                continue
            letter = _unattributed(record)
            if letter is not None:
                GIVEN_UP.labels(GiveUp.CROWDED).inc(self._waiting.add(letter))
                self.linked(letter.headers.user_id or "")

    async def settle(self, mark: Mark) -> None:
        """Put back what can be, and mark it."""
        GIVEN_UP.labels(GiveUp.TOO_LATE).inc(self._waiting.expire(now() - LATENESS))
        candidates, self._candidates = self._candidates, set()
        for user_id in candidates:
            if self._book.account_of(user_id) is not None:
                await self._put_back(user_id, mark)
        WAITING_LETTERS.set(len(self._waiting))

    async def _put_back(self, user_id: str, mark: Mark) -> None:
        letters = self._waiting.of(user_id)
        if not letters:
            return
        intake = Intake(Heard(self._book))
        for letter in letters:
            self._decide(letter, intake)
        try:
            await self._outbox.keep(intake.outgoing)
        except NotKept as why:
            _logger.warning("not put back yet", extra={"reason": str(why)})
            self._candidates.add(user_id)
            return
        PUT_BACK_TOTAL.inc(intake.accepted)
        for letter in letters:
            await mark(letter)
            self._waiting.drop(letter.place)

    def _decide(self, letter: Letter, intake: Intake) -> None:
        decide = decide_of(letter.headers.origin)
        if decide is None:  # it came in by a route that there is no more
            return
        receipt = Receipt(
            received_at=instant_of(letter.headers.refused_at),
            source=letter.headers.source or EVENTS.name,
            message_id=_own_id(letter),
            known=intake.known,
            privacy=self._privacy,
        )
        try:
            decision = decide(letter.value, receipt, _LARGEST)
        except Exception:
            _logger.exception("putting back failed", extra={"letter": letter.place})
            UNEXPECTED.inc()
            return  # it stays a dead letter
        if isinstance(decision, Admitted) and not _is_too_late(decision):
            intake.add(Original(letter.value, letter.headers.origin, receipt), decision)
        else:
            GIVEN_UP.labels(GiveUp.TOO_LATE).inc()


class _Share(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """The partitions whose letters this process waits for, read from 48 hours ago."""

    def __init__(self, waiting: Waiting) -> None:
        self.consumer: AIOKafkaConsumer | None = None
        self._waiting = waiting
        self._ends: dict[TopicPartition, int] = {}

    async def is_read(self) -> bool:
        """Whether everything has been read that was there when the share was given."""
        if self.consumer is None or not self._ends:
            return False
        return all([await self.consumer.position(place) >= end for place, end in self._ends.items()])

    @override
    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Somebody else waits now."""
        self._ends = {}
        self._waiting.clear()

    @override
    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin at the oldest letters that may still be put back."""
        places = list(assigned)
        if self.consumer is None or not places:
            return
        self._ends = await self.consumer.end_offsets(places)
        since = now() - LATENESS - MINUTE
        found = await self.consumer.offsets_for_times(dict.fromkeys(places, since))
        for place in places:
            self.consumer.seek(place, found[place].offset if found.get(place) else self._ends[place])


def _marking(producer: AIOKafkaProducer) -> Mark:
    async def mark(letter: Letter) -> None:
        partition, offset = letter.place
        headers = [(PUT_BACK, str(offset).encode())]
        await producer.send_and_wait(DEAD_LETTERS.name, b"", partition=partition, headers=headers)

    return mark


def _unattributed(record: ConsumerRecord) -> Letter | None:
    """The letter in a record, if a link would help it."""
    try:
        headers = read_headers(record.headers)
    except Unreadable:
        return None
    if headers.reason is not DeadLetterReason.UNATTRIBUTED or headers.user_id is None:
        return None
    return Letter((record.partition, record.offset), headers, record.value or b"")


def _own_id(letter: Letter) -> str:
    """The id of an event that came without one: always the same, however often it is put back."""
    origin = letter.headers.origin
    if origin.startswith(f"{EVENTS.name}/"):
        return origin  # as it would have been
    partition, offset = letter.place
    return f"{DEAD_LETTERS.name}/{partition}/{offset}"


def _is_too_late(decision: Admitted) -> bool:
    oldest = now() - LATENESS
    return any(isinstance(record, Event) and instant_of(record.occurred_at) < oldest for record in decision.records)
