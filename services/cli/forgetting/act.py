"""Forgets somebody: says so in the log and to ingest, waits until everybody has heard, and deletes what nobody reads.

NotDone   it was not done everywhere in time; what was said stays said, and may be said again
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.activity import Forget, ForgetUser
from schemas.codec import encode
from schemas.forgetting import Subject
from schemas.time import moment_of
from schemas.topics import ACTIVITY, ALERT_CONDITIONS, DEAD_LETTERS, SCORE_CHANGES, USER_LINKS, Topic
from services.cli.forgetting import queries
from services.cli.forgetting.remains import Remainder, remains
from services.cli.where import Where
from services.ingest.link_reader import known_links
from services.runtime.clock import now
from services.runtime.database import open_engine, snapshot, transaction
from services.runtime.kafka import admin, consumer, producer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.app import APP_ID

_CLIENT: Final = "kizashi-forget"
_POLL_SECONDS: Final = 0.2
_READ_BY_PROJECTORS: Final = (SCORE_CHANGES, ALERT_CONDITIONS, ACTIVITY, DEAD_LETTERS)

Say = Callable[[str], None]


class NotDone(Exception):
    """Somebody did not get to it in time."""


class Wanted(NamedTuple):
    """Who is to be forgotten, and how they were named: the log may know them by a pseudonym."""

    subject: Subject
    said: str

    @property
    def told(self) -> str:
        """In words."""
        if self.subject.field == "account_id":
            return f"the account {self.said}"
        known_as = "" if self.subject.id == self.said else f", whom the log calls {self.subject.id}"
        return f"the user {self.said}{known_as}"


class Done(NamedTuple):
    """What was done: rows by table that are `removed`, and that are `left`, which should be none."""

    wanted: Wanted
    removed: Mapping[str, int]
    left: Mapping[str, int]
    remains: list[Remainder]


async def forget_subject(parts: Where, wanted: Wanted, author: str, seconds: float, say: Say) -> Done:
    """Forget, and look. Raises NotDone, KafkaUnreachable, LogRefused, DatabaseUnreachable."""
    subject, kafka = wanted.subject, parts.kafka
    engine = open_engine(parts.database)
    try:
        before = await _rows(engine, subject)
        partitions = (await read_log(kafka)).partitions
        users = await _users(kafka, subject)
        async with producer(kafka, _CLIENT) as client:
            await _tell_ingest(client, subject, users)
            said = await _tell_scoring(client, subject, author, partitions)
        say(f"said in {len(said)} partition{'s' if len(said) > 1 else ''} of the log")
        try:
            async with asyncio.timeout(seconds):
                await _until_done(kafka, engine, said, say)
        except TimeoutError as late:
            msg = f"not done everywhere within {seconds:g} s: is everything running? (kizashi status) Then say it again"
            raise NotDone(msg) from late
        async with transaction(engine) as connection:
            letters = await queries.delete_letters(connection, [subject, subject._replace(id=wanted.said)])
        left = await _rows(engine, subject)
        removed = {**before, "dead_letters": letters, "user links": len(users)}
        return Done(
            wanted,
            {what: number for what, number in removed.items() if number},
            left,
            await remains(kafka, _CLIENT, subject),
        )
    finally:
        await engine.dispose()


async def _rows(engine: AsyncEngine, subject: Subject) -> dict[str, int]:
    """Of users PostgreSQL has dead letters only."""
    if subject.field == "user_id":
        return {}
    async with snapshot(engine) as connection:
        return await queries.rows_of(connection, subject.id)


async def _users(kafka: KafkaSettings, subject: Subject) -> list[str]:
    """Whose links are to go."""
    book = await known_links(partial(consumer, kafka, _CLIENT, USER_LINKS.name))
    if subject.field == "account_id":
        return book.users_of(subject.id)
    return [subject.id] if book.account_of(subject.id) is not None else []


async def _tell_ingest(client: AIOKafkaProducer, subject: Subject, users: Iterable[str]) -> None:
    """By records without a value: compaction takes both them and what they delete."""
    for user_id in users:
        await client.send(USER_LINKS.name, key=Subject("user_id", user_id).link_key)
    await client.send(USER_LINKS.name, key=subject.link_key)
    await client.flush()


async def _tell_scoring(client: AIOKafkaProducer, subject: Subject, author: str, partitions: int) -> dict[int, int]:
    """Where it stands in the log: for each partition the offset after the record."""
    received_at = moment_of(now())
    if subject.field == "account_id":
        record = encode(Forget(account_id=subject.id, received_at=received_at, author=author))
        kept = await client.send_and_wait(ACTIVITY.name, record, subject.id.encode())
        return {kept.partition: kept.offset + 1}
    record = encode(ForgetUser(user_id=subject.id, received_at=received_at, author=author))
    places = [await client.send_and_wait(ACTIVITY.name, record, partition=number) for number in range(partitions)]
    return {kept.partition: kept.offset + 1 for kept in places}


async def _until_done(kafka: KafkaSettings, engine: AsyncEngine, said: Mapping[int, int], say: Say) -> None:
    """Until scoring has kept what it is now, and projectors have written what came of it."""
    async with admin(kafka, _CLIENT) as group:
        while not await _are_committed(group, said):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(_POLL_SECONDS)
    say("forgotten by scoring")
    async with consumer(kafka, _CLIENT) as client:
        for topic in _READ_BY_PROJECTORS:
            places = await client.end_offsets(await _places(kafka, topic))
            ends = {place.partition: end for place, end in places.items()}
            while not await _are_projected(engine, topic, ends):  # noqa: ASYNC110 - neither does PostgreSQL
                await asyncio.sleep(_POLL_SECONDS)
    say("forgotten by the projectors")


async def _places(kafka: KafkaSettings, topic: Topic) -> list[TopicPartition]:
    async with admin(kafka, _CLIENT) as client:
        (described,) = await client.describe_topics([topic.name])
    return [TopicPartition(topic.name, one["partition"]) for one in described["partitions"]]


async def _are_committed(client: AIOKafkaAdminClient, said: Mapping[int, int]) -> bool:
    committed = await client.list_consumer_group_offsets(APP_ID)
    reached = {place.partition: found.offset for place, found in committed.items() if place.topic == ACTIVITY.name}
    return all(reached.get(number, 0) >= end for number, end in said.items())


async def _are_projected(engine: AsyncEngine, topic: Topic, ends: Mapping[int, int]) -> bool:
    """Whether every projector that has ever read the topic is past these offsets."""
    async with snapshot(engine) as connection:
        readers = await queries.reached(connection, topic.name)
    return all(reached.get(number, 0) >= end for reached in readers.values() for number, end in ends.items())
