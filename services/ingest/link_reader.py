"""Follows `user-links.v1`, so that this process knows every user that any process has linked to an account.

The topic is compacted: read from its beginning it is the newest link of each user, a second for 100,000 or so. What has
been read stays known while Kafka is away.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Never

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas.codec import Unreadable, decode_user_link
from schemas.forgetting import Subject, subject_of
from schemas.time import Instant
from services.ingest.core.links import LinkBook
from services.ingest.metrics import LINKED_USERS
from services.runtime.kafka import KafkaUnreachable

Forget = Callable[[Subject, Instant], Awaitable[None]]
OpenConsumer = Callable[[], AbstractAsyncContextManager[AIOKafkaConsumer]]  # of `user-links.v1`, in no group

_RETRY_SECONDS: Final = 1.0
_POLL_MS: Final = 1_000  # a record ends it at once
_BATCH_RECORDS: Final = 2_000  # a few tens of milliseconds: requests are answered in between

_logger = logging.getLogger(__name__)


class LinkReader:
    """Fills `book`, tells `linked` of every user it reads about, and `forget` who is forgotten, and when."""

    def __init__(self, book: LinkBook, linked: Callable[[str], None], forget: Forget) -> None:
        self._book = book
        self._linked = linked
        self._forget = forget
        self.has_begun = asyncio.Event()  # everything that was there is known, or Kafka is away
        self._has_caught_up = False

    async def run(self, open_consumer: OpenConsumer) -> Never:
        """Follow until cancelled, beginning anew after an outage."""
        while True:
            try:
                async with open_consumer() as consumer:
                    await self._follow(consumer)
            except (KafkaError, KafkaUnreachable, OSError) as away:
                _logger.warning("links are not followed", extra={"reason": f"{type(away).__name__}: {away}"})
                self.has_begun.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, consumer: AIOKafkaConsumer) -> Never:
        ends = await consumer.end_offsets(await _places(consumer))
        while True:
            for records in (await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH_RECORDS)).values():
                for record in records:
                    await self._take(record)
            LINKED_USERS.set(len(self._book))
            if not self._has_caught_up and await _has_passed(consumer, ends):
                _logger.info("links are known", extra={"users": len(self._book)})
                self._has_caught_up = True
                self.has_begun.set()

    async def _take(self, record: ConsumerRecord) -> None:
        if record.value is None:
            subject = subject_of(record.key or b"")
            if subject.field == "account_id":
                self._book.forget_account(subject.id, record.timestamp)
            else:
                self._book.forget(subject.id)
            await self._forget(subject, record.timestamp)
            return
        try:
            link = decode_user_link(record.value)
        except Unreadable as why:  # not one of ours: the log has it, if it is worth anything
            _logger.warning("a link cannot be read", extra={"offset": record.offset, "reason": str(why)})
            return
        if self._book.is_news(link):
            self._book.put(link)
        self._linked(link.user_id)


async def known_links(open_consumer: OpenConsumer) -> LinkBook:
    """Every link that is there now, for a command that ends; none, if Kafka is away."""
    book = LinkBook()
    reader = LinkReader(book, lambda _: None, _nobody_else)
    reading = asyncio.create_task(reader.run(open_consumer), name="links")
    try:
        await reader.has_begun.wait()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return book


async def _nobody_else(_subject: Subject, _at: Instant) -> None:
    """Who reads links only has nothing else to forget."""


async def _places(consumer: AIOKafkaConsumer) -> set[TopicPartition]:
    """All partitions, once Kafka has told them: of no group, it reads each from its beginning."""
    while not (places := consumer.assignment()):  # noqa: ASYNC110 - aiokafka tells nobody
        await asyncio.sleep(_RETRY_SECONDS)
    found: set[TopicPartition] = places
    return found


async def _has_passed(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(place) >= end for place, end in ends.items()])
