"""The SQL that writes dead letters."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import dead_letters

_MARK = text("""
    UPDATE dead_letters SET put_back_at = :at
    FROM unnest(CAST(:partitions AS integer[]), CAST(:positions AS bigint[])) AS marked (partition, position)
    WHERE dead_letters.partition = marked.partition AND dead_letters.position = marked.position
        AND put_back_at IS NULL
""")
_EXPIRE = text("DELETE FROM dead_letters WHERE refused_at < :before")


async def write_letters(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Write letters that are not there yet."""
    if rows:
        await connection.execute(insert(dead_letters).on_conflict_do_nothing(), list(rows))


async def mark_letters(connection: AsyncConnection, places: Sequence[tuple[int, int]], at: datetime) -> None:
    """Say that letters (partition, position) are in the log by now."""
    if places:
        columns = {"partitions": [one for one, _ in places], "positions": [one for _, one in places]}
        await connection.execute(_MARK, {**columns, "at": at})


async def expire_letters(connection: AsyncConnection, before: datetime) -> None:
    """Forget the letters that the topic has forgotten."""
    await connection.execute(_EXPIRE, {"before": before})
