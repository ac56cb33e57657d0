"""The identity of the log: a record at offset 0 of every partition of `activity.v1`, and a row in PostgreSQL.

LogRefused   this Kafka and this database do not belong together, or the log was changed: nothing may be written
"""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.activity import Engine, Log
from schemas.codec import Unreadable, decode_activity, encode
from schemas.tables import log as log_table
from schemas.topics import ACTIVITY
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import admin, consumer, producer
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings

_logger = logging.getLogger(__name__)
_CLIENT = "kizashi-log"
_OPENING_LOCK = 0x6B697A61_6C6F67  # "kiza", "log": one process at a time makes a log
_READ_SECONDS = 30.0


class LogRefused(Exception):
    """The log is not the one that belongs here."""


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which log this is."""

    log_id: str
    partitions: int


async def open_log(kafka: KafkaSettings, database: AsyncEngine, engine: int, clock: Clock) -> LogIdentity:
    """The log of this instance: made if there is none, finished if a crash left it half made, checked otherwise.

    `engine` is the number of the scoring core whose results the log holds: a new log from its start, one that has held
    an older core's from now on. Raises LogRefused.
    """
    async with transaction(database) as connection:
        await connection.execute(func.pg_advisory_xact_lock(_OPENING_LOCK))
        row = (await connection.execute(select(log_table))).one_or_none()
        firsts = await _first_records(kafka)
        found = _agreed(firsts)
        if row is None:
            identity = found or LogIdentity(str(uuid.uuid4()), len(firsts))
            await _begin_partitions(kafka, firsts, identity, engine)
            if any(first is not None and first.engine != engine for first in firsts.values()):
                await _announce(kafka, identity, engine)  # whatever it has spoken since its beginning
            await _remember(connection, identity, clock, engine)
            _logger.info("log opened", extra={"log_id": identity.log_id, "partitions": identity.partitions})
            return identity
        identity = LogIdentity(row.log_id, row.partitions)
        _check(identity, found, len(firsts))
        await _keep_clock(connection, Clock(row.clock), clock)
        await _change_engine(kafka, connection, identity, row.engine, engine)
        return identity


async def read_log(kafka: KafkaSettings) -> LogIdentity:
    """The identity the log itself bears, for a process without a database. Raises LogRefused if it has none yet."""
    identity = _agreed(await _first_records(kafka))
    if identity is None:
        msg = f"{ACTIVITY.name} has no beginning yet: `kizashi up`, or `kizashi prepare` in production, makes it"
        raise LogRefused(msg)
    return identity


async def clock_of(database: DatabaseSettings) -> Clock:
    """Who moves the time of the log that belongs to a database. Raises LogRefused if it has none yet."""
    engine = open_engine(database)
    try:
        async with engine.connect() as connection:
            clock = await connection.scalar(select(log_table.c.clock))
    finally:
        await engine.dispose()
    if clock is None:
        msg = "the database knows of no log yet: `kizashi up`, or `kizashi prepare` in production, makes one"
        raise LogRefused(msg)
    return Clock(clock)


async def _first_records(kafka: KafkaSettings) -> dict[int, Log | None]:
    """The record at offset 0 of every partition; None where it is empty or has been trimmed."""
    assigned = await _assignable(kafka)
    async with consumer(kafka, _CLIENT) as client:
        client.assign(assigned)
        starts = await client.beginning_offsets(assigned)
        ends = await client.end_offsets(assigned)
        awaited = {one for one in assigned if starts[one] == 0 and ends[one] > 0}
        firsts: dict[int, Log | None] = {one.partition: None for one in assigned}
        async with asyncio.timeout(_READ_SECONDS):
            for one in awaited:
                client.seek(one, 0)
                record = await client.getone(one)
                firsts[one.partition] = _as_log(record.value, one.partition)
        return firsts


async def _assignable(kafka: KafkaSettings) -> list[TopicPartition]:
    async with admin(kafka, _CLIENT) as client:
        (topic,) = await client.describe_topics([ACTIVITY.name])
    partitions = sorted(one["partition"] for one in topic["partitions"])
    if not partitions:
        msg = f"there is no topic {ACTIVITY.name}"
        raise LogRefused(msg)
    return [TopicPartition(ACTIVITY.name, partition) for partition in partitions]


def _as_log(value: bytes, partition: int) -> Log:
    try:
        record = decode_activity(value)
    except Unreadable:
        record = None
    if not isinstance(record, Log):
        msg = f"{ACTIVITY.name}/{partition} does not begin with the record of a log: something else wrote to it first"
        raise LogRefused(msg)
    return record


def _agreed(firsts: Mapping[int, Log | None]) -> LogIdentity | None:
    """The one identity that all partitions with a beginning bear, if any does."""
    bearers = {LogIdentity(first.log_id, first.partitions) for first in firsts.values() if first is not None}
    if len(bearers) > 1:
        ids = ", ".join(sorted(bearer.log_id for bearer in bearers))
        msg = f"the partitions of {ACTIVITY.name} bear different log ids ({ids}): it was put together from two logs"
        raise LogRefused(msg)
    found = next(iter(bearers), None)
    if found is not None and found.partitions != len(firsts):
        msg = (
            f"{ACTIVITY.name} was made with {found.partitions} partitions and has {len(firsts)} now. Accounts would "
            "change their partition: a log grows by being copied to a new one."
        )
        raise LogRefused(msg)
    return found


def _check(remembered: LogIdentity, found: LogIdentity | None, partitions: int) -> None:
    """Refuse unless the log is the one PostgreSQL remembers."""
    if remembered.partitions != partitions:
        msg = f"the log has {partitions} partitions, and had {remembered.partitions} when it was made"
        raise LogRefused(msg)
    if found is None:
        msg = (
            f"this database belongs to the log {remembered.log_id}, and {ACTIVITY.name} here has no such beginning: "
            "it is another Kafka, or the topic was deleted. Point KIZASHI_KAFKA_BOOTSTRAP_SERVERS or "
            "KIZASHI_DATABASE_URL to the right one, or begin anew with an empty database."
        )
        raise LogRefused(msg)
    if found != remembered:
        msg = (
            f"this database belongs to the log {remembered.log_id}, but {ACTIVITY.name} here is the log "
            f"{found.log_id}. Point KIZASHI_KAFKA_BOOTSTRAP_SERVERS or KIZASHI_DATABASE_URL to the right one."
        )
        raise LogRefused(msg)


async def _begin_partitions(
    kafka: KafkaSettings, firsts: Mapping[int, Log | None], identity: LogIdentity, engine: int
) -> None:
    record = encode(Log(log_id=identity.log_id, partitions=identity.partitions, engine=engine))
    empty = [partition for partition, first in firsts.items() if first is None]
    async with producer(kafka, _CLIENT) as client:
        for partition in empty:
            await client.send_and_wait(ACTIVITY.name, record, partition=partition)


async def _remember(connection: AsyncConnection, identity: LogIdentity, clock: Clock, engine: int) -> None:
    await connection.execute(
        insert(log_table).values(
            log_id=identity.log_id,
            partitions=identity.partitions,
            clock=clock.value,
            engine=engine,
            created_at=datetime.now(UTC),
        )
    )


async def _change_engine(
    kafka: KafkaSettings, connection: AsyncConnection, identity: LogIdentity, was: int, engine: int
) -> None:
    """Let a newer core speak from here on. Older ones fall silent at the record, wherever they still run."""
    if was > engine:
        msg = (
            f"the log holds results of engine {was}, and this version of Kizashi has engine {engine}: "
            "it is older than the one that wrote last, and would give other scores. Use that one, or a newer."
        )
        raise LogRefused(msg)
    if was < engine:
        await _announce(kafka, identity, engine)
        await connection.execute(update(log_table).values(engine=engine))
        _logger.info("the log speaks another engine from here on", extra={"was": was, "engine": engine})


async def _announce(kafka: KafkaSettings, identity: LogIdentity, engine: int) -> None:
    """Said again after a crash in the middle, it means the same."""
    async with producer(kafka, _CLIENT) as client:
        for partition in range(identity.partitions):
            await client.send_and_wait(ACTIVITY.name, encode(Engine(engine=engine)), partition=partition)


async def _keep_clock(connection: AsyncConnection, was: Clock, wanted: Clock) -> None:
    """A log whose time was made by an importer may go on live; time that has been live stays so."""
    if (was, wanted) == (Clock.LIVE, Clock.LOG):
        msg = "this log has lived by the real clock; an instance with --clock log needs a data folder of its own"
        raise LogRefused(msg)
    if was != wanted:
        await connection.execute(update(log_table).values(clock=wanted.value))
        _logger.info("the log goes on by the real clock")
