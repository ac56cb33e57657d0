"""Topics, tables, the log and keys on a real Kafka and a real PostgreSQL."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.admin import NewTopic
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.topics import ACTIVITY, TOPICS
from services.runtime.database import DatabaseUnreachable, open_engine, transaction
from services.runtime.kafka import KafkaUnreachable, admin, await_brokers
from services.runtime.keys import KeyRing, key_ring, make_key, revoke_key, store_key
from services.runtime.migrations import pending_migrations, undeclared_differences
from services.runtime.prepare import ensure_keys, prepare
from services.runtime.scopes import Scope
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings
from services.runtime.topics import TopicsRefused, ensure_topics, find_topics


@pytest.fixture
async def engine(database: DatabaseSettings) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database)
    yield engine
    await engine.dispose()


async def test_preparing_twice_or_at_once_makes_everything_once(kafka: KafkaSettings, empty_database: DatabaseSettings):
    said: list[str] = []
    made = [prepare(kafka, empty_database, 1, Clock.LIVE, said.append) for _ in range(2)]
    first, second = await asyncio.gather(*made)
    third = await prepare(kafka, empty_database, 1, Clock.LIVE, said.append)
    assert first == second == third
    engine = open_engine(empty_database)
    assert await pending_migrations(engine) == []
    await engine.dispose()


async def test_every_change_of_the_tables_has_a_migration(engine: AsyncEngine):
    assert await undeclared_differences(engine) == []


async def test_a_change_without_a_migration_is_seen(engine: AsyncEngine):
    async with transaction(engine) as connection:
        await connection.exec_driver_sql("ALTER TABLE accounts DROP COLUMN segment")
    assert len(await undeclared_differences(engine)) == 2  # the column and its index


async def test_topics_are_made_as_the_catalogue_says(kafka: KafkaSettings):
    assert await ensure_topics(kafka, "tests") == 4
    async with admin(kafka, "tests") as client:
        found = await find_topics(client)
    assert found.keys() == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        configuration = found[topic.name].configuration
        assert {name: configuration[name] for name in topic.configuration()} == topic.configuration()


async def test_a_topic_that_breaks_a_promise_is_refused_and_not_changed(kafka: KafkaSettings):
    async with admin(kafka, "tests") as client:
        await client.create_topics([NewTopic(ACTIVITY.name, 2, 1, topic_configs={"cleanup.policy": "compact"})])
    with pytest.raises(TopicsRefused) as refused:
        await ensure_topics(kafka, "tests")
    assert "activity.v1 has cleanup.policy=compact, delete is needed" in str(refused.value)
    assert "activity.v1 has message.timestamp.type=CreateTime, LogAppendTime is needed" in str(refused.value)


async def test_production_asks_for_three_brokers(parts, kafka: KafkaSettings):
    careful = KafkaSettings(bootstrap_servers=parts.bootstrap_servers)
    with pytest.raises(TopicsRefused, match=r"could not be made(.|\n)*KIZASHI_KAFKA_REPLICATION"):
        await ensure_topics(careful, "tests")
    async with admin(kafka, "tests") as client:
        assert await find_topics(client) == {}


async def test_no_broker_is_told_apart_from_a_slow_one():
    nobody = KafkaSettings(bootstrap_servers="127.0.0.1:1")
    with pytest.raises(KafkaUnreachable, match="KIZASHI_KAFKA_BOOTSTRAP_SERVERS"):
        await await_brokers(nobody, "tests", seconds=0.5)


async def test_no_database_is_told_with_where_it_was_sought(kafka: KafkaSettings):
    nobody = DatabaseSettings(url=SecretStr("postgresql://kizashi:secret@127.0.0.1:1/kizashi"))
    with pytest.raises(DatabaseUnreachable, match=r"kizashi:\*\*\*@127.0.0.1:1") as refused:
        await prepare(kafka, nobody, 1, Clock.LIVE, lambda _: None)
    assert "secret" not in str(refused.value)


async def test_the_instances_keys_are_made_once_and_open(
    database: DatabaseSettings, engine: AsyncEngine, tmp_path: Path
):
    file = tmp_path / "keys.json"
    keys = await ensure_keys(database, file)
    assert await ensure_keys(database, file) == keys == json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ring = KeyRing({})
    await ring.refresh(engine)
    assert {scope: key.scope for scope, text in keys.items() if (key := ring.verify(text))} == {s: s for s in Scope}


async def test_keys_that_the_database_does_not_know_are_made_anew(database: DatabaseSettings, tmp_path: Path):
    file = tmp_path / "keys.json"
    strangers = {scope.value: make_key(scope, "elsewhere")[0] for scope in Scope}
    file.write_text(json.dumps(strangers))
    keys = await ensure_keys(database, file)
    assert set(keys.values()).isdisjoint(strangers.values())


async def test_a_new_key_works_and_a_revoked_one_stops_within_seconds(engine: AsyncEngine):
    text, key = make_key(Scope.READ, "new")
    async with key_ring(engine) as ring, asyncio.timeout(10):
        assert ring.verify(text) is None
        async with transaction(engine) as connection:
            await store_key(connection, key)
        while ring.verify(text) is None:  # noqa: ASYNC110 - the ring tells nobody
            await asyncio.sleep(0.05)
        async with transaction(engine) as connection:
            assert await revoke_key(connection, key.id)
        while ring.verify(text) is not None:  # noqa: ASYNC110 - the ring tells nobody
            await asyncio.sleep(0.05)


async def test_without_postgresql_known_keys_still_open(
    database: DatabaseSettings, engine: AsyncEngine, tmp_path: Path
):
    keys = await ensure_keys(database, tmp_path / "keys.json")
    async with key_ring(engine) as ring:
        async with transaction(engine) as connection:
            await connection.exec_driver_sql("ALTER TABLE keys RENAME TO lost")
        await asyncio.sleep(2.5)  # longer than the ring waits before it looks again
        assert ring.verify(keys[Scope.READ]) is not None
