"""All SQL of forgetting: how far projectors are, what rows there are of somebody, dead letters that name them."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.forgetting import Subject

_OF_ALERTS: Final = "alert_id IN (SELECT alert_id FROM alerts WHERE account_id = :id)"
_OF_MESSAGES: Final = "message_id IN (SELECT message_id FROM messages WHERE account_id = :id)"
_ROWS: Final[Mapping[str, str]] = {
    "accounts": "account_id = :id",
    "changes": "account_id = :id",
    "conflicts": r"regexp_replace(change_id, '^[^:]*:[0-9]+:[0-9]+:(.*):[0-9]+$', '\1') = :id",
    "conditions": "account_id = :id",
    "alert_steps": _OF_ALERTS,
    "digest_items": _OF_ALERTS,
    "deliveries": _OF_MESSAGES,
    "messages": "account_id = :id OR account_id IS NULL AND position(CAST(:member AS bytea) IN body) > 0",
    "alerts": "account_id = :id",
    "contacts": "account_id = :id",
    "outcomes": "account_id = :id",
    "mutes": "account_id = :id",
}
_DELETE_LETTERS: Final = text("""
    DELETE FROM dead_letters WHERE user_id = ANY(CAST(:ids AS text[])) OR key = ANY(CAST(:keys AS bytea[])) OR EXISTS (
        SELECT FROM unnest(CAST(:texts AS bytea[])) AS said (part)
        WHERE position(said.part IN value) > 0 OR position(said.part IN convert_to(detail, 'UTF8')) > 0
    )
""")
_REACHED: Final = text("""
    SELECT reader, partition, next_offset FROM offsets WHERE topic = :topic
""")


async def reached(connection: AsyncConnection, topic: str) -> dict[str, dict[int, int]]:
    """For each projector of a topic the next offset of each partition that it will read."""
    found: dict[str, dict[int, int]] = {}
    for row in await connection.execute(_REACHED, {"topic": topic}):
        found.setdefault(row.reader, {})[row.partition] = row.next_offset
    return found


async def rows_of(connection: AsyncConnection, account_id: str) -> dict[str, int]:
    """How many rows each table has of an account, where it has any."""
    given = {"id": account_id, "member": Subject("account_id", account_id).as_member}
    found = {}
    for table, condition in _ROWS.items():
        statement = text(f"SELECT count(*) FROM {table} WHERE {condition}")  # noqa: S608 - no word of it is given
        names = statement.compile().params
        found[table] = await connection.scalar(statement, {name: given[name] for name in names}) or 0
    return {table: number for table, number in found.items() if number}


async def delete_letters(connection: AsyncConnection, subjects: Sequence[Subject]) -> int:
    """Delete the dead letters that name somebody; how many."""
    deleted = await connection.execute(_DELETE_LETTERS, _given(subjects))
    return deleted.rowcount


def _given(subjects: Sequence[Subject]) -> dict[str, object]:
    return {
        "ids": [one.id for one in subjects if one.field == "user_id"],
        "keys": [one.id.encode() for one in subjects],
        "texts": [part for one in subjects for part in one.as_text],
    }
