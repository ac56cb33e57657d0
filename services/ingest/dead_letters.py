"""Reads what was refused back from `dead-letters.v1`."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.codec import Unreadable
from schemas.dead_letters import DeadLetter, DeadLetterReason, read_headers
from schemas.topics import DEAD_LETTERS
from services.runtime.kafka import admin, consumer
from services.runtime.settings import KafkaSettings
from services.runtime.topics import find_topics


@dataclass(frozen=True, slots=True)
class Found:
    """A dead letter as it lies in its topic."""

    place: str  # "topic/partition/offset"
    letter: DeadLetter
    key: bytes | None
    value: bytes


async def newest(kafka: KafkaSettings, client_id: str, reason: DeadLetterReason | None, limit: int) -> list[Found]:
    """The newest dead letters, for one reason or for any, newest first.

    A record with headers that are not ours is passed over.
    """
    async with admin(kafka, client_id) as asking:
        there = await find_topics(asking, [DEAD_LETTERS])
    partitions = range(there[DEAD_LETTERS.name].partitions if there else 0)
    async with consumer(kafka, client_id) as reading:
        found = [one async for one in _letters(reading, partitions) if reason in (None, one.letter.reason)]
    return sorted(found, key=lambda one: one.letter.refused_at, reverse=True)[:limit]


async def _letters(reading: AIOKafkaConsumer, partitions: Iterable[int]) -> AsyncIterator[Found]:
    """Every dead letter that is there now."""
    async for record in _records(reading, [TopicPartition(DEAD_LETTERS.name, one) for one in partitions]):
        try:
            letter = read_headers(record.headers)
        except Unreadable:
            continue
        place = f"{record.topic}/{record.partition}/{record.offset}"
        yield Found(place, letter, record.key, record.value or b"")


async def _records(reading: AIOKafkaConsumer, places: list[TopicPartition]) -> AsyncIterator[ConsumerRecord]:
    reading.assign(places)
    begins = await reading.beginning_offsets(places)
    ends = await reading.end_offsets(places)
    for place in places:
        reading.seek(place, begins[place])
    unread = {place for place in places if begins[place] < ends[place]}
    while unread:
        for place, records in (await reading.getmany(*unread, timeout_ms=1_000)).items():
            for record in records:
                yield record
            if await reading.position(place) >= ends[place]:
                unread.discard(place)
