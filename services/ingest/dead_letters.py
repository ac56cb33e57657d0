"""Reads what was refused back from `dead-letters.v1`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.codec import Unreadable
from schemas.dead_letters import DeadLetter, DeadLetterReason, read_headers
from schemas.topics import DEAD_LETTERS


@dataclass(frozen=True, slots=True)
class Found:
    """A dead letter as it lies in its topic."""

    place: str  # "topic/partition/offset"
    letter: DeadLetter
    key: bytes | None
    value: bytes


async def newest(consumer: AIOKafkaConsumer, reason: DeadLetterReason | None, limit: int) -> list[Found]:
    """The newest dead letters, for one reason or for any, newest first.

    The consumer is started, and belongs to no group. A record with headers that are not ours is passed over.
    """
    found = [one async for one in _letters(consumer) if reason in (None, one.letter.reason)]
    return sorted(found, key=lambda one: one.letter.refused_at, reverse=True)[:limit]


async def _letters(consumer: AIOKafkaConsumer) -> AsyncIterator[Found]:
    """Every dead letter that is there now."""
    async for record in _records(consumer):
        try:
            letter = read_headers(record.headers)
        except Unreadable:
            continue
        place = f"{record.topic}/{record.partition}/{record.offset}"
        yield Found(place, letter, record.key, record.value or b"")


async def _records(consumer: AIOKafkaConsumer) -> AsyncIterator[ConsumerRecord]:
    places = [TopicPartition(DEAD_LETTERS.name, one) for one in await _partitions(consumer)]
    consumer.assign(places)
    begins = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    for place in places:
        consumer.seek(place, begins[place])
    unread = {place for place in places if begins[place] < ends[place]}
    while unread:
        for place, records in (await consumer.getmany(*unread, timeout_ms=1_000)).items():
            for record in records:
                yield record
            if await consumer.position(place) >= ends[place]:
                unread.discard(place)


async def _partitions(consumer: AIOKafkaConsumer) -> list[int]:
    await consumer.topics()  # has the metadata of every topic fetched
    return sorted(consumer.partitions_for_topic(DEAD_LETTERS.name) or ())
