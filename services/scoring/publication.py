"""Brings a scorecard into the log: a record in every partition, from which on its accounts are scored by it."""

from datetime import UTC, datetime

import msgspec

from schemas.activity import Publication
from schemas.codec import encode
from schemas.scorecard import Scorecard
from schemas.topics import ACTIVITY
from services.runtime.database import open_engine, transaction
from services.runtime.kafka import producer
from services.runtime.settings import DatabaseSettings, KafkaSettings
from services.scoring.core.inputs import catalogue_of
from services.scoring.queries import Published, complete, lock_publishing, published, remember
from services.scoring.scorecard_file import digest_of


async def publish_first(kafka: KafkaSettings, database: DatabaseSettings, partitions: int, scorecard: Scorecard) -> int:
    """Publish `scorecard` as version 1 unless a version is published; finish what a crash left half done.

    The version in force. Safe to call at every start: a publication that a partition has already is ignored there.
    """
    engine = open_engine(database)
    try:
        async with transaction(engine) as connection:
            await lock_publishing(connection)
            versions = await published(connection)
            if not versions:
                first = Published(1, digest_of(scorecard), encode(scorecard), is_complete=False)
                await remember(connection, first.version, first.hash, first.body, datetime.now(UTC))
                versions = [first]
            for version in reversed(versions):
                if not version.is_complete:
                    await _write(kafka, partitions, version, versions)
                    await complete(connection, version.version, datetime.now(UTC))
            return versions[0].version
    finally:
        await engine.dispose()


async def _write(kafka: KafkaSettings, partitions: int, version: Published, versions: list[Published]) -> None:
    """Into every partition. `versions`: all there are, the newest first; the catalogue of inputs grows with them."""
    until = [_scorecard(one) for one in reversed(versions) if one.version <= version.version]
    record = Publication(version=version.version, hash=version.hash, scorecard=until[-1], watched=catalogue_of(until))
    async with producer(kafka, "kizashi-publication") as client:
        for partition in range(partitions):
            await client.send_and_wait(ACTIVITY.name, encode(record), partition=partition)


def _scorecard(version: Published) -> Scorecard:
    return msgspec.json.decode(version.body, type=Scorecard)
