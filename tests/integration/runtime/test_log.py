"""The identity of the log on a real Kafka and a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import NewPartitions
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.activity import Engine, Log
from schemas.codec import decode_activity, encode
from schemas.topics import ACTIVITY
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import admin, consumer, producer
from services.runtime.log import LogIdentity, LogRefused, open_log, read_log
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings
from services.runtime.topics import ensure_topics, find_topics
from services.scoring.core import ENGINE


@pytest.fixture
async def engine(database: DatabaseSettings) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database)
    yield engine
    await engine.dispose()


async def test_a_new_log_begins_every_partition_with_its_id(log_identity: LogIdentity, kafka: KafkaSettings):
    async with consumer(kafka, "tests", ACTIVITY.name) as client:
        records = [await client.getone() for _ in range(log_identity.partitions)]
    assert {(record.partition, record.offset) for record in records} == {(0, 0), (1, 0), (2, 0), (3, 0)}
    assert {decode_activity(record.value) for record in records} == {
        Log(log_id=log_identity.log_id, partitions=4, engine=ENGINE)
    }
    assert await read_log(kafka) == log_identity


async def test_opening_again_finds_the_same_log(log_identity: LogIdentity, kafka: KafkaSettings, engine: AsyncEngine):
    assert await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE) == log_identity


async def test_a_log_that_a_crash_left_half_made_is_finished(kafka: KafkaSettings, engine: AsyncEngine):
    await ensure_topics(kafka, "tests")
    async with producer(kafka, "tests") as client:
        half = encode(Log(log_id="half-made", partitions=4, engine=ENGINE))
        await client.send_and_wait(ACTIVITY.name, half, partition=2)
    assert await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE) == LogIdentity("half-made", 4)
    assert await read_log(kafka) == LogIdentity("half-made", 4)


async def test_another_log_than_the_databases_is_refused(
    log_identity: LogIdentity, kafka: KafkaSettings, engine: AsyncEngine
):
    async with transaction(engine) as connection:
        await connection.execute(text("UPDATE log SET log_id = 'another'"))
    with pytest.raises(LogRefused, match=f"belongs to the log another, but .* is the log {log_identity.log_id}"):
        await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE)


async def test_an_empty_topic_under_a_database_that_remembers_a_log_is_refused(
    kafka: KafkaSettings, engine: AsyncEngine
):
    await ensure_topics(kafka, "tests")
    async with transaction(engine) as connection:
        await connection.execute(
            text("INSERT INTO log (log_id, partitions, clock, engine, created_at) VALUES ('gone', 4, 'live', 1, now())")
        )
    with pytest.raises(LogRefused, match="the topic was deleted"):
        await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE)


async def test_a_changed_partition_count_is_refused(log_identity: LogIdentity, kafka: KafkaSettings):
    async with admin(kafka, "tests") as client:
        await client.create_partitions({ACTIVITY.name: NewPartitions(5)})
        async with asyncio.timeout(10):
            while (await find_topics(client, [ACTIVITY]))[ACTIVITY.name].partitions != 5:  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(0.05)
    with pytest.raises(LogRefused, match=f"made with {log_identity.partitions} partitions and has 5"):
        await read_log(kafka)


async def test_a_topic_that_something_else_wrote_to_first_is_refused(kafka: KafkaSettings, engine: AsyncEngine):
    await ensure_topics(kafka, "tests")
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(ACTIVITY.name, b"{}", partition=1)
    with pytest.raises(LogRefused, match=r"activity\.v1/1 does not begin"):
        await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE)


async def test_a_log_may_go_from_the_importers_clock_to_the_real_one_but_not_back(
    kafka: KafkaSettings, engine: AsyncEngine
):
    await ensure_topics(kafka, "tests")
    made = await open_log(kafka, engine, engine=ENGINE, clock=Clock.LOG)
    assert await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE) == made
    with pytest.raises(LogRefused, match="--clock log needs a data folder of its own"):
        await open_log(kafka, engine, engine=ENGINE, clock=Clock.LOG)


async def test_a_newer_engine_announces_itself_in_every_partition(
    log_identity: LogIdentity, kafka: KafkaSettings, engine: AsyncEngine
):
    for _ in range(2):  # the second time it is known
        assert await open_log(kafka, engine, engine=ENGINE + 1, clock=Clock.LIVE) == log_identity
    async with consumer(kafka, "tests", ACTIVITY.name) as client:
        records = [await client.getone() for _ in range(2 * log_identity.partitions)]
        ends = await client.end_offsets(client.assignment())
    announced = [record.partition for record in records if decode_activity(record.value) == Engine(engine=ENGINE + 1)]
    assert sorted(announced) == [0, 1, 2, 3]
    assert set(ends.values()) == {2}


async def test_an_older_version_does_not_touch_the_log_of_a_newer_one(
    log_identity: LogIdentity, kafka: KafkaSettings, engine: AsyncEngine
):
    assert await read_log(kafka) == log_identity
    with pytest.raises(LogRefused, match=f"results of engine {ENGINE}, and this version of Kizashi has engine"):
        await open_log(kafka, engine, engine=ENGINE - 1, clock=Clock.LIVE)


async def test_a_new_database_for_a_log_of_an_older_engine_has_this_one_announced(
    kafka: KafkaSettings, engine: AsyncEngine
):
    await ensure_topics(kafka, "tests")
    async with producer(kafka, "tests") as client:
        for partition in range(4):
            first = encode(Log(log_id="older", partitions=4, engine=ENGINE - 1))
            await client.send_and_wait(ACTIVITY.name, first, partition=partition)
    await open_log(kafka, engine, engine=ENGINE, clock=Clock.LIVE)
    async with consumer(kafka, "tests", ACTIVITY.name) as client:
        records = [decode_activity((await client.getone()).value) for _ in range(8)]
    assert records.count(Engine(engine=ENGINE)) == 4
