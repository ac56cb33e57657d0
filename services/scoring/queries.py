"""All SQL of scoring: which scorecards have been published."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import scorecards

_PUBLISHING_LOCK = 0x6B697A61_63617264  # "kiza", "card": one process at a time publishes


class Published(NamedTuple):
    """A scorecard that is in the log, or on its way there."""

    version: int
    hash: str
    body: bytes
    is_complete: bool


async def lock_publishing(connection: AsyncConnection) -> None:
    """Wait until nobody else publishes, until the end of the transaction."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISHING_LOCK})


async def published(connection: AsyncConnection) -> list[Published]:
    """Every version, the newest first."""
    rows = await connection.execute(select(scorecards).order_by(scorecards.c.version.desc()))
    return [Published(row.version, row.hash, row.body, row.complete_at is not None) for row in rows]


async def remember(connection: AsyncConnection, version: int, digest: str, body: bytes, at: datetime) -> None:
    """A version is about to be written to the log."""
    await connection.execute(insert(scorecards).values(version=version, hash=digest, body=body, published_at=at))


async def complete(connection: AsyncConnection, version: int, at: datetime) -> None:
    """Every partition of the log has the version."""
    await connection.execute(update(scorecards).where(scorecards.c.version == version).values(complete_at=at))
