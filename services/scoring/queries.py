"""All SQL of scoring: which scorecards have been published, and which were judged by a backtest."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.scorecard import Scorecard
from schemas.tables import backtests, scorecards

_PUBLISHING_LOCK = 0x6B697A61_63617264  # "kiza", "card": one process at a time publishes


class Published(NamedTuple):
    """A scorecard that is in the log, or on its way there (`complete_at` None)."""

    version: int
    hash: str
    body: bytes
    published_at: datetime
    published_by: str | None = None
    waiver: str | None = None
    complete_at: datetime | None = None

    @property
    def scorecard(self) -> Scorecard:
        """What was published."""
        return msgspec.json.decode(self.body, type=Scorecard)


async def lock_publishing(connection: AsyncConnection) -> None:
    """Wait until nobody else publishes, until the end of the transaction."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISHING_LOCK})


async def published(connection: AsyncConnection) -> list[Published]:
    """Every version, the newest first."""
    columns = [scorecards.c[name] for name in Published._fields]
    rows = await connection.execute(select(*columns).order_by(scorecards.c.version.desc()))
    return [Published(*row) for row in rows]


async def remember(connection: AsyncConnection, version: Published) -> None:
    """A version is about to be written to the log."""
    await connection.execute(insert(scorecards).values(**version._asdict()))


async def complete(connection: AsyncConnection, version: int, at: datetime) -> None:
    """Every partition of the log has the version."""
    await connection.execute(update(scorecards).where(scorecards.c.version == version).values(complete_at=at))


async def store_backtest(connection: AsyncConnection, digest: str, at: datetime, report: bytes) -> None:
    """A scorecard of this hash was judged."""
    await connection.execute(insert(backtests).values(hash=digest, stored_at=at, report=report))


async def has_backtest(connection: AsyncConnection, digest: str) -> bool:
    """Whether the very scorecard was ever judged."""
    return bool(await connection.scalar(select(exists().where(backtests.c.hash == digest))))
