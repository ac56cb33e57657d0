"""What a backtest has to do with a running instance: its published card, its log, and where reports are kept."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from schemas.scorecard import Scorecard
from services.cli.where import Where, partitions_of
from services.runtime.database import open_engine, snapshot, transaction
from services.scoring.backtest.logged import write_events
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.report import Study
from services.scoring.queries import published, store_backtest


def published_card(instance: Where) -> Scorecard | None:
    """The card in force, if any is."""

    async def found() -> Scorecard | None:
        engine = open_engine(instance.database)
        try:
            async with snapshot(engine) as connection:
                versions = await published(connection)
        finally:
            await engine.dispose()
        return msgspec.json.decode(versions[0].body, type=Scorecard) if versions else None

    return asyncio.run(found())


def log_as_file(instance: Where, path: Path) -> Outcomes:
    """The log's events as a file, and its recorded outcomes. Raises Trimmed."""

    async def written() -> Outcomes:
        return await write_events(instance.kafka, await partitions_of(instance.kafka), path)

    return asyncio.run(written())


def store(instance: Where, study: Study) -> None:
    """Keep the report with the instance, once for the hash of every card in it: publishing asks for it."""

    async def stored() -> None:
        engine = open_engine(instance.database)
        body = msgspec.json.encode(study)
        try:
            async with transaction(engine) as connection:
                for digest in sorted({card.hash for report in study.sets for card in report.cards}):
                    await store_backtest(connection, digest, datetime.now(UTC), body)
        finally:
            await engine.dispose()

    asyncio.run(stored())
