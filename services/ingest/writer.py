"""The SQL of ingest: who sends, and what became of it."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SEEN = text("""
    INSERT INTO sources (source, last_seen_at, sdk, sdk_version, skew_ms)
    VALUES (:source, :last_seen_at, :sdk, :sdk_version, :skew_ms)
    ON CONFLICT (source) DO UPDATE SET
        last_seen_at = greatest(sources.last_seen_at, excluded.last_seen_at),
        sdk = coalesce(excluded.sdk, sources.sdk),
        sdk_version = CASE WHEN excluded.sdk IS NULL THEN sources.sdk_version ELSE excluded.sdk_version END,
        skew_ms = coalesce(excluded.skew_ms, sources.skew_ms)
""")
_COUNTED = text("""
    INSERT INTO source_minutes (source, minute, outcome, events) VALUES (:source, :minute, :outcome, :events)
    ON CONFLICT (source, minute, outcome) DO UPDATE SET events = source_minutes.events + excluded.events
""")
_EXPIRE = text("DELETE FROM source_minutes WHERE minute < now() - interval '25 hours'")

Row = dict[str, object]


async def write_sources(connection: AsyncConnection, seen: Sequence[Row], counted: Sequence[Row]) -> None:
    """Add what was seen; several processes may do so at once. Rows come in the order of their keys: no deadlock."""
    if seen:
        await connection.execute(_SEEN, seen)
    if counted:
        await connection.execute(_COUNTED, counted)
    await connection.execute(_EXPIRE)
