"""Brings a scorecard into the log: a record in every partition, from which on its accounts are scored by it.

NotBacktested     nobody has judged this very scorecard, and no reason was given
UnknownVersion    there is no such version
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.activity import Publication
from schemas.codec import encode
from schemas.scorecard import Scorecard
from schemas.topics import ACTIVITY
from services.runtime.database import open_engine, snapshot, transaction
from services.runtime.kafka import producer
from services.runtime.settings import DatabaseSettings, KafkaSettings
from services.scoring.core.inputs import catalogue_of
from services.scoring.queries import Published, complete, has_backtest, lock_publishing, published, remember
from services.scoring.scorecard_file import digest_of


class NotBacktested(Exception):
    """The scorecard has not been judged by what became of accounts."""


class UnknownVersion(Exception):
    """No version of that number has been published."""


async def versions(database: DatabaseSettings) -> list[Published]:
    """Every version, the newest first."""
    engine = open_engine(database)
    try:
        async with snapshot(engine) as connection:
            return await published(connection)
    finally:
        await engine.dispose()


async def publish_first(kafka: KafkaSettings, database: DatabaseSettings, partitions: int, scorecard: Scorecard) -> int:
    """Publish `scorecard` as version 1 unless a version is published; finish what a crash left half done.

    The version in force. Safe to call at every start: a publication that a partition has already is ignored there.
    """
    async with _publishing(database) as connection:
        there = await published(connection)
        if not there:
            await _next(connection, there, encode(scorecard), digest_of(scorecard), waiver="shipped")
    return (await _finish(kafka, database, partitions)).version


async def publish(
    kafka: KafkaSettings,
    database: DatabaseSettings,
    partitions: int,
    scorecard: Scorecard,
    *,
    by: str,
    waiver: str | None,
) -> Published:
    """Publish a scorecard as the next version, unless it is the one in force; finish what was left half done.

    It must have been judged by a backtest, or there must be a waiver in words, which is recorded with it. Raises
    NotBacktested.
    """
    waiver = (waiver or "").strip() or None
    digest = digest_of(scorecard)
    async with _publishing(database) as connection:
        there = await published(connection)
        if not there or there[0].hash != digest:
            if waiver is None and not await has_backtest(connection, digest):
                msg = (
                    f"no backtest of this scorecard ({digest[:8]}) is stored: judge it first, or say with --waiver why "
                    "it is to be published without"
                )
                raise NotBacktested(msg)
            await _next(connection, there, encode(scorecard), digest, by=by, waiver=waiver)
    return await _finish(kafka, database, partitions)


async def roll_back(
    kafka: KafkaSettings, database: DatabaseSettings, partitions: int, version: int, *, by: str
) -> Published:
    """Publish what an older version said as the next one, unless it is what is in force. Raises UnknownVersion."""
    async with _publishing(database) as connection:
        there = await published(connection)
        older = next((one for one in there if one.version == version), None)
        if older is None:
            msg = f"there is no version {version}; there are {', '.join(str(one.version) for one in reversed(there))}"
            raise UnknownVersion(msg)
        if there[0].hash != older.hash:
            waiver = f"back to version {version}"
            await _next(connection, there, older.body, older.hash, by=by, waiver=waiver)
    return await _finish(kafka, database, partitions)


@asynccontextmanager
async def _publishing(database: DatabaseSettings) -> AsyncIterator[AsyncConnection]:
    """One transaction, in which nobody else publishes."""
    engine = open_engine(database)
    try:
        async with transaction(engine) as connection:
            await lock_publishing(connection)
            yield connection
    finally:
        await engine.dispose()


async def _next(
    connection: AsyncConnection,
    there: list[Published],
    body: bytes,
    digest: str,
    *,
    by: str | None = None,
    waiver: str | None = None,
) -> None:
    number = there[0].version + 1 if there else 1
    await remember(connection, Published(number, digest, body, datetime.now(UTC), by, waiver))


async def _finish(kafka: KafkaSettings, database: DatabaseSettings, partitions: int) -> Published:
    """Write every version that is not complete into every partition, in order; the newest.

    In a transaction of its own: a version that may be in a partition already must be remembered, whatever happens.
    """
    async with _publishing(database) as connection:
        ascending = (await published(connection))[::-1]
        for version in ascending:
            if version.complete_at is None:
                until = [one.scorecard for one in ascending if one.version <= version.version]
                await _write(kafka, partitions, version, until)
                await complete(connection, version.version, datetime.now(UTC))
        return (await published(connection))[0]


async def _write(kafka: KafkaSettings, partitions: int, version: Published, until: list[Scorecard]) -> None:
    """Into every partition. `until`: this scorecard and all before it, which the catalogue of inputs grew with."""
    record = Publication(version=version.version, hash=version.hash, scorecard=until[-1], watched=catalogue_of(until))
    async with producer(kafka, "kizashi-publication") as client:
        for partition in range(partitions):
            await client.send_and_wait(ACTIVITY.name, encode(record), partition=partition)
