"""Deletes what is kept of accounts that are forgotten."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import deliveries, messages

_OF_CONDITIONS = (
    text("""
        DELETE FROM digest_items USING alerts
        WHERE digest_items.alert_id = alerts.alert_id AND account_id = :account_id
    """),
    text("""
        DELETE FROM alert_steps USING alerts
        WHERE alert_steps.alert_id = alerts.alert_id AND account_id = :account_id
    """),
    text("""
        DELETE FROM deliveries USING messages
        WHERE deliveries.message_id = messages.message_id AND account_id = :account_id
    """),
    text("DELETE FROM messages WHERE account_id = :account_id"),
    text("DELETE FROM alerts WHERE account_id = :account_id"),
    text("DELETE FROM conditions WHERE account_id = :account_id AND partition = :partition AND position < :position"),
)
_OF_RECORDS = (
    text("DELETE FROM contacts WHERE account_id = :account_id AND partition = :partition AND position < :position"),
    text("DELETE FROM outcomes WHERE account_id = :account_id AND partition = :partition AND position < :position"),
    text("DELETE FROM mutes WHERE account_id = :account_id"),
)
_SHARED = text("""
    SELECT message_id, body FROM messages
    WHERE account_id IS NULL AND position(CAST(:part AS bytea) IN body) > 0
    FOR UPDATE
""")


class Gone(NamedTuple):
    """An account that is forgotten, and where that is said: what came before it is to go."""

    account_id: str
    partition: int
    position: int


class Sealed(NamedTuple):
    """A message of several accounts, as it is sent."""

    message_id: str
    body: bytes


async def forget_alerts(connection: AsyncConnection, gone: Sequence[Gone]) -> None:
    """Delete conditions, alerts with their trails, and what was told of them."""
    await _execute(connection, _OF_CONDITIONS, gone)


async def forget_records(connection: AsyncConnection, gone: Sequence[Gone]) -> None:
    """Delete contacts, outcomes and mutes."""
    await _execute(connection, _OF_RECORDS, gone)


async def shared_messages(connection: AsyncConnection, part: bytes) -> list[Sealed]:
    """The messages of several accounts that hold these bytes, locked."""
    rows = await connection.execute(_SHARED, {"part": part})
    return [Sealed(row.message_id, bytes(row.body)) for row in rows]


async def reword(connection: AsyncConnection, message_id: str, body: bytes) -> None:
    """From here on the message says this."""
    await connection.execute(update(messages).where(messages.c.message_id == message_id).values(body=body))


async def withdraw(connection: AsyncConnection, message_id: str) -> None:
    """There is nothing left to say: the message is not sent, and was not."""
    await connection.execute(delete(deliveries).where(deliveries.c.message_id == message_id))
    await connection.execute(delete(messages).where(messages.c.message_id == message_id))


async def _execute(connection: AsyncConnection, statements: Sequence[Any], gone: Sequence[Gone]) -> None:
    rows = [one._asdict() for one in gone]
    for statement in statements:
        names = statement.compile().params
        await connection.execute(statement, [{name: row[name] for name in names} for row in rows])
