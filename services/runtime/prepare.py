"""Makes an instance's Kafka and PostgreSQL fit to be used: topics, tables, the log's identity, keys.

Everything is made once and checked from then on, so it may be called at every start, by several processes at once.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.database import open_engine, transaction, unreachable
from services.runtime.folder import write_privately
from services.runtime.kafka import await_brokers
from services.runtime.keys import KeyRing, make_key, store_key
from services.runtime.log import LogIdentity, open_log
from services.runtime.migrations import migrate, pending_migrations
from services.runtime.scopes import Scope
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings
from services.runtime.topics import ensure_topics

_CLIENT = "kizashi-prepare"
_BROKER_SECONDS = 60.0

Report = Callable[[str], None]


async def prepare(
    kafka: KafkaSettings, database: DatabaseSettings, engine_number: int, clock: Clock, report: Report
) -> LogIdentity:
    """Topics, tables and the log, each made or checked.

    `engine_number`: of the scoring core. Raises KafkaUnreachable, TopicsRefused, DatabaseUnreachable, LogRefused.
    """
    await await_brokers(kafka, _CLIENT, _BROKER_SECONDS)
    partitions = await ensure_topics(kafka, _CLIENT)
    report(f"Kafka: topics are there, {partitions} partitions")
    engine = open_engine(database)
    try:
        await _migrate(engine, report)
        return await open_log(kafka, engine, engine_number, clock)
    finally:
        await engine.dispose()


async def ensure_keys(database: DatabaseSettings, file: Path) -> dict[Scope, str]:
    """The instance's own keys, one for each scope: those of `file` that still open, and new ones for the others."""
    engine = open_engine(database)
    try:
        ring = KeyRing({})
        await ring.refresh(engine)
        kept = {scope: key for scope, key in _read(file).items() if ring.verify(key)}
        made = {scope: make_key(scope, "instance") for scope in Scope if scope not in kept}
        texts = {scope: kept[scope] if scope in kept else made[scope][0] for scope in Scope}
        if made:
            # The file first: should we be killed here, these keys open nothing and are made anew next time.
            write_privately(file, {scope.value: text for scope, text in texts.items()})
            async with transaction(engine) as connection:
                for _, key in made.values():
                    await store_key(connection, key)
        return texts
    finally:
        await engine.dispose()


async def _migrate(engine: AsyncEngine, report: Report) -> None:
    try:
        pending = await pending_migrations(engine)
        if pending:
            report(f"PostgreSQL: migrating ({', '.join(pending)})")
            await migrate(engine)
    except (SQLAlchemyError, OSError) as refused:
        raise unreachable(engine, refused) from refused


def _read(file: Path) -> Mapping[Scope, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {scope: found[scope] for scope in Scope if isinstance(found.get(scope), str)}
