"""The SQL that reads dead letters and sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import dead_letters
from services.api.cursors import BeforeLetter

_SOURCES = text("""
    WITH counted AS (
        SELECT source,
            coalesce(sum(events) FILTER (WHERE outcome = 'accepted'), 0) AS accepted,
            coalesce(sum(events) FILTER (WHERE minute >= CAST(:recently AS timestamptz)), 0) AS recent
        FROM source_minutes WHERE minute >= CAST(:since AS timestamptz) GROUP BY source
    ), refused AS (
        SELECT source, json_object_agg(outcome, events) AS reasons FROM (
            SELECT source, outcome, sum(events) AS events FROM source_minutes
            WHERE minute >= CAST(:since AS timestamptz) AND outcome <> 'accepted' GROUP BY source, outcome
        ) AS by_reason GROUP BY source
    ), senders AS (
        SELECT name AS source, count(*) AS live_keys FROM keys
        WHERE scope = 'ingest' AND revoked_at IS NULL GROUP BY name
    )
    SELECT coalesce(sources.source, senders.source) AS source, coalesce(live_keys, 0) AS live_keys, last_seen_at, sdk,
        sdk_version, skew_ms, CAST(coalesce(accepted, 0) AS bigint) AS accepted,
        CAST(coalesce(recent, 0) AS bigint) AS recent,
        coalesce(CAST(reasons AS text), '{}') AS reasons
    FROM sources FULL JOIN senders USING (source)
    LEFT JOIN counted ON counted.source = coalesce(sources.source, senders.source)
    LEFT JOIN refused ON refused.source = coalesce(sources.source, senders.source)
    ORDER BY last_seen_at DESC NULLS LAST, 1
""")


class StoredLetter(NamedTuple):
    """A dead letter as it is stored."""

    partition: int
    position: int
    reason: str
    detail: str
    origin: str
    source: str | None
    user_id: str | None
    refused_at: datetime
    key: bytes | None
    value: bytes
    put_back_at: datetime | None


class CountedReason(NamedTuple):
    """How many letters have a reason and are not put back."""

    reason: str
    letters: int
    newest_at: datetime


class StoredSource(NamedTuple):
    """A sender: who may send, who did, or both. Counts are of the time since `since`, `recent` since `recently`."""

    source: str
    live_keys: int
    last_seen_at: datetime | None
    sdk: str | None
    sdk_version: str | None
    skew_ms: int | None
    accepted: int
    recent: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters: of one of the reasons and of one of the sources; without any, all."""

    reasons: Sequence[str] = ()
    sources: Sequence[str] = ()


async def letters(
    connection: AsyncConnection, wanted: LetterFilter, before: BeforeLetter | None, limit: int
) -> list[StoredLetter]:
    """The newest first."""
    row = (dead_letters.c.refused_at, dead_letters.c.partition, dead_letters.c.position)
    statement = select(*(dead_letters.c[field] for field in StoredLetter._fields))
    if wanted.reasons:
        statement = statement.where(dead_letters.c.reason.in_(wanted.reasons))
    if wanted.sources:
        statement = statement.where(dead_letters.c.source.in_(wanted.sources))
    if before is not None:
        statement = statement.where(tuple_(*row) < tuple_(before.refused_at, before.partition, before.position))
    rows = await connection.execute(statement.order_by(*(column.desc() for column in row)).limit(limit))
    return [StoredLetter(*one) for one in rows]


async def reasons(connection: AsyncConnection) -> list[CountedReason]:
    """What is refused, the most frequent first."""
    number = func.count()
    rows = await connection.execute(
        select(dead_letters.c.reason, number, func.max(dead_letters.c.refused_at))
        .where(dead_letters.c.put_back_at.is_(None))
        .group_by(dead_letters.c.reason)
        .order_by(number.desc(), dead_letters.c.reason)
    )
    return [CountedReason(*row) for row in rows]


async def senders(connection: AsyncConnection, now: datetime, recent: timedelta, day: timedelta) -> list[StoredSource]:
    """Everybody who may send or has sent, who was seen last first."""
    rows = await connection.execute(_SOURCES, {"recently": now - recent, "since": now - day})
    return [StoredSource(*row)._replace(reasons=msgspec.json.decode(row.reasons, type=dict[str, int])) for row in rows]
