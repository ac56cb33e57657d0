"""Reads what was refused back from `dead-letters.v1`."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.codec import Unreadable
from schemas.dead_letters import PUT_BACK, DeadLetter, DeadLetterReason, read_headers
from schemas.topics import DEAD_LETTERS
from services.runtime.kafka import admin, consumer
from services.runtime.settings import KafkaSettings
from services.runtime.topics import find_topics


@dataclass(frozen=True, slots=True)
class Found:
    """A dead letter as it lies in its topic."""

    partition: int
    offset: int
    letter: DeadLetter
    key: bytes | None
    value: bytes
    is_put_back: bool = False  # it is in the log by now

    @property
    def place(self) -> str:
        """Where it lies: topic/partition/offset."""
        return f"{DEAD_LETTERS.name}/{self.partition}/{self.offset}"


async def newest(kafka: KafkaSettings, client_id: str, reason: DeadLetterReason | None, limit: int) -> list[Found]:
    """The newest dead letters, for one reason or for any, newest first."""
    found = [one for one in await every_letter(kafka, client_id) if reason in (None, one.letter.reason)]
    return sorted(found, key=lambda one: one.letter.refused_at, reverse=True)[:limit]


async def every_letter(kafka: KafkaSettings, client_id: str) -> list[Found]:
    """Every dead letter that is there now, in the order of each partition. What is none of ours is passed over."""
    async with admin(kafka, client_id) as asking:
        there = await find_topics(asking, [DEAD_LETTERS])
    places = (
        [TopicPartition(DEAD_LETTERS.name, one) for one in range(there[DEAD_LETTERS.name].partitions)] if there else []
    )
    letters: dict[tuple[int, int], Found] = {}
    async with consumer(kafka, client_id) as reading:
        async for record in _records(reading, places):
            marked = next((int(value) for name, value in record.headers if name == PUT_BACK), None)
            if marked is not None:
                letter = letters.get((record.partition, marked))
                if letter is not None:
                    letters[record.partition, marked] = replace(letter, is_put_back=True)
                continue
            with suppress(Unreadable):
                headers = read_headers(record.headers)
                letters[record.partition, record.offset] = Found(
                    record.partition, record.offset, headers, record.key, record.value or b""
                )
    return list(letters.values())


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
