"""What people recorded about accounts, as the log has it: contacts and outcomes; and mutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.activity import Contact, Mute, Outcome
from schemas.tables import changes, contacts, mutes, outcomes


class Recorded(NamedTuple):
    """A record of people's, and where it stands in the log."""

    record: Contact | Outcome
    partition: int
    position: int


async def keep_contacts(connection: AsyncConnection, recorded: Sequence[Recorded]) -> None:
    """Keep contacts, each once."""
    rows = [
        {**_place(one), "kind": one.record.kind.value, "author": one.record.author, "note": one.record.note}
        for one in recorded
        if isinstance(one.record, Contact)
    ]
    if rows:
        await connection.execute(insert(contacts).on_conflict_do_nothing(), rows)


async def keep_outcomes(connection: AsyncConnection, recorded: Sequence[Recorded]) -> None:
    """Keep outcomes, each once."""
    rows = [
        {
            **_place(one),
            "outcome": one.record.outcome.value,
            "reason": one.record.reason,
            "author": one.record.author,
            "because": one.record.because and one.record.because.value,
        }
        for one in recorded
        if isinstance(one.record, Outcome)
    ]
    if rows:
        await connection.execute(insert(outcomes).on_conflict_do_nothing(), rows)


async def contacts_of(connection: AsyncConnection, account_id: str, limit: int) -> list[dict[str, Any]]:
    """An account's contacts, the newest first."""
    rows = await connection.execute(
        select(contacts).where(contacts.c.account_id == account_id).order_by(contacts.c.at.desc()).limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


async def outcomes_of(connection: AsyncConnection, account_id: str, limit: int) -> list[dict[str, Any]]:
    """An account's outcomes, the newest first."""
    rows = await connection.execute(
        select(outcomes).where(outcomes.c.account_id == account_id).order_by(outcomes.c.at.desc()).limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


async def known_before(connection: AsyncConnection, account_id: str, at: datetime, days: int) -> bytes | None:
    """The change that was served so many days before. Changes are only ever added, so this never changes."""
    body: bytes | None = await connection.scalar(
        select(changes.c.body)
        .where(
            changes.c.account_id == account_id,
            changes.c.known_at <= at - timedelta(days=days),
            changes.c.at <= at - timedelta(days=days),
        )
        .order_by(changes.c.position.desc())
        .limit(1)
    )
    return body


async def keep_mutes(connection: AsyncConnection, said: Sequence[Mute]) -> None:
    """Keep mutes, for each account the newest."""
    rows = {
        one.account_id: {
            "account_id": one.account_id,
            "until": one.expires_at,
            "reason": one.reason,
            "by": one.author,
            "at": one.occurred_at,
        }
        for one in sorted(said, key=lambda one: one.occurred_at)
    }
    if rows:
        statement = insert(mutes)
        kept = {name: statement.excluded[name] for name in ("until", "reason", "by", "at")}
        newer = statement.excluded.at >= mutes.c.at
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["account_id"], set_=kept, where=newer), [*rows.values()]
        )


def _place(one: Recorded) -> dict[str, Any]:
    return {
        "partition": one.partition,
        "position": one.position,
        "account_id": one.record.account_id,
        "at": one.record.occurred_at,
    }
