"""What comes in, counted; incidents; and how far the log's clock has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.scorecard import Scorecard
from schemas.tables import incidents, scorecards, stream_times, telemetry_counts
from schemas.time import SECOND, Instant, instant_of, moment_of
from services.alerts.core.guard import COARSE, FINE, KEPT_COARSE, KEPT_FINE, Guard

Bucket = tuple[str, str, Instant]  # source, event name, when a fine bucket opens

_COUNT = text("""
    INSERT INTO telemetry_counts (source, event_name, span_seconds, opens_at, events)
    SELECT * FROM unnest(
        CAST(:source AS text[]), CAST(:event_name AS text[]), CAST(:span_seconds AS integer[]),
        CAST(:opens_at AS timestamptz[]), CAST(:events AS bigint[])
    )
    ON CONFLICT (source, event_name, span_seconds, opens_at)
        DO UPDATE SET events = telemetry_counts.events + excluded.events
""")


class Incident(NamedTuple):
    """A fall that was found: `event_name` null means all of a source, both null everything."""

    incident_id: str
    source: str | None
    event_name: str | None
    since: datetime
    found_at: datetime
    ended_at: datetime | None
    expected: float
    observed: int
    rate: float


async def count(connection: AsyncConnection, counted: Mapping[Bucket, int]) -> None:
    """Add to the counts, fine and coarse."""
    rows: dict[tuple[str, str, int, Instant], int] = {}
    for (source, event_name, opens), events in counted.items():
        for span in (FINE, COARSE):
            key = source, event_name, span // SECOND, opens - opens % span
            rows[key] = rows.get(key, 0) + events
    if rows:
        sources, names, spans, opens_at = zip(*rows, strict=True)
        columns = {
            "source": list(sources),
            "event_name": list(names),
            "span_seconds": list(spans),
            "opens_at": [moment_of(opens) for opens in opens_at],
            "events": list(rows.values()),
        }
        await connection.execute(_COUNT, columns)


async def scorecard_in_force(connection: AsyncConnection) -> Scorecard | None:
    """The newest that was published, or is about to be."""
    body = await connection.scalar(select(scorecards.c.body).order_by(scorecards.c.version.desc()).limit(1))
    return None if body is None else msgspec.json.decode(body, type=Scorecard)


async def remembered(connection: AsyncConnection, quickest: Instant) -> Guard:
    """A guard with everything that is counted."""
    guard = Guard(quickest)
    rows = await connection.execute(select(telemetry_counts))
    for source, event_name, span_seconds, opens_at, events in rows:
        guard.remember(source, event_name, span_seconds * SECOND, instant_of(opens_at), events)
    return guard


async def trim(connection: AsyncConnection, now: Instant) -> None:
    """Forget what the guard does not look at any more."""
    for span, kept in ((FINE, KEPT_FINE), (COARSE, KEPT_COARSE)):
        old = telemetry_counts.c.opens_at < moment_of(now - kept)
        await connection.execute(delete(telemetry_counts).where(telemetry_counts.c.span_seconds == span // SECOND, old))


async def move_stream_times(connection: AsyncConnection, times: Mapping[int, Instant]) -> None:
    """Say how far the clock has come in partitions; it never goes back."""
    rows = [{"partition": partition, "at": moment_of(at)} for partition, at in times.items()]
    if rows:
        statement = insert(stream_times)
        later = {"at": func.greatest(stream_times.c.at, statement.excluded.at)}
        await connection.execute(statement.on_conflict_do_update(index_elements=["partition"], set_=later), rows)


async def all_stream_times(connection: AsyncConnection) -> dict[int, Instant]:
    """How far the clock has come in each partition that ticked."""
    rows = await connection.execute(select(stream_times.c.partition, stream_times.c.at))
    return {partition: instant_of(at) for partition, at in rows}


async def open_incidents(connection: AsyncConnection) -> list[Incident]:
    """What has fallen and is not back, the oldest first."""
    rows = await connection.execute(
        select(incidents).where(incidents.c.ended_at.is_(None)).order_by(incidents.c.found_at, incidents.c.incident_id)
    )
    return [Incident(*row) for row in rows]


async def ended_incidents(connection: AsyncConnection, since: datetime) -> list[Incident]:
    """What was found to be back since an instant."""
    rows = await connection.execute(select(incidents).where(incidents.c.ended_at >= since))
    return [Incident(*row) for row in rows]


async def last_incidents(connection: AsyncConnection, limit: int) -> list[Incident]:
    """The newest incidents, the last first."""
    rows = await connection.execute(
        select(incidents).order_by(incidents.c.found_at.desc(), incidents.c.incident_id).limit(limit)
    )
    return [Incident(*row) for row in rows]


async def add_incident(connection: AsyncConnection, found: Incident) -> None:
    """Keep what has fallen."""
    await connection.execute(insert(incidents).values(found._asdict()).on_conflict_do_nothing())


async def end_incident(connection: AsyncConnection, incident_id: str, at: datetime) -> None:
    """It is back."""
    await connection.execute(update(incidents).where(incidents.c.incident_id == incident_id).values(ended_at=at))
