"""All SQL that reads. Called in a snapshot, so that what is returned is of one moment.

Bodies are score changes as the log holds them: they are passed on without being looked into wherever that will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.changes import State
from schemas.tables import accounts, changes, conflicts, log, offsets
from services.api.cursors import AfterAccount, FromOffsets
from services.runtime.projection.writer import applied_offsets

_FEED = text("""
    SELECT changes.partition, changes.position, changes.body
    FROM (
        SELECT next.partition, next.position,
            -- known_at as it grows: no change comes before an earlier one of its partition, whatever it says
            max(next.known_at) OVER (PARTITION BY next.partition ORDER BY next.position) AS known_at
        FROM unnest(CAST(:offsets AS bigint[])) WITH ORDINALITY AS since (position, ordinal)
        CROSS JOIN LATERAL (
            SELECT partition, position, known_at FROM changes
            WHERE partition = since.ordinal - 1 AND position >= since.position
            ORDER BY position LIMIT :limit
        ) AS next
        ORDER BY known_at, partition, position LIMIT :limit
    ) AS chosen
    JOIN changes USING (partition, position)
    ORDER BY chosen.known_at, changes.partition, changes.position
""")


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts are asked for: one of the values of each field; a field without values asks nothing."""

    bands: Sequence[State] = ()
    states: Sequence[State] = ()
    segments: Sequence[str] = ()
    owners: Sequence[str] = ()
    q: str | None = None  # part of the name or of the id


@dataclass(frozen=True, slots=True)
class RankedAccount:
    """A row of the ranked list and the cursor that goes on after it."""

    after: AfterAccount
    body: bytes


@dataclass(frozen=True, slots=True)
class PlacedChange:
    """A change and its place in score-changes.v1."""

    partition: int
    position: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says of itself: the next offset of each partition, and how many changes contradict another."""

    applied: dict[int, int]
    conflicts: int


async def ranked_accounts(
    connection: AsyncConnection, wanted: AccountFilter, after: AfterAccount | None, limit: int
) -> list[RankedAccount]:
    """Accounts by risk, highest first, unknown last; equal ones by id."""
    statement = select(accounts.c.rank, accounts.c.account_id, accounts.c.body)
    if wanted.bands:
        statement = statement.where(accounts.c.state.in_(wanted.bands))
    if wanted.states:
        statement = statement.where(accounts.c.state.in_(wanted.states))
    if wanted.segments:
        statement = statement.where(accounts.c.segment.in_(wanted.segments))
    if wanted.owners:
        statement = statement.where(accounts.c.owner.in_(wanted.owners))
    if wanted.q:
        found = (column.icontains(wanted.q, autoescape=True) for column in (accounts.c.name, accounts.c.account_id))
        statement = statement.where(or_(*found))
    if after is not None:
        row = tuple_(accounts.c.rank, accounts.c.account_id)
        statement = statement.where(row > tuple_(after.rank, after.account_id))
    rows = await connection.execute(statement.order_by(accounts.c.rank, accounts.c.account_id).limit(limit))
    return [RankedAccount(AfterAccount(rank=rank, account_id=account_id), body) for rank, account_id, body in rows]


async def account(connection: AsyncConnection, account_id: str, known_by: datetime | None = None) -> bytes | None:
    """The newest change of an account, of those that were known by a moment (inclusive) if there is one."""
    if known_by is not None:
        found = await history(connection, account_id, None, known_by, 1)
        return found[0].body if found else None
    body: bytes | None = await connection.scalar(select(accounts.c.body).where(accounts.c.account_id == account_id))
    return body


async def history(
    connection: AsyncConnection, account_id: str, before: int | None, known_by: datetime | None, limit: int
) -> list[PlacedChange]:
    """An account's changes, newest first: those before a position, and those known by a moment (inclusive)."""
    statement = select(changes.c.partition, changes.c.position, changes.c.body).where(
        changes.c.account_id == account_id
    )
    if before is not None:
        statement = statement.where(changes.c.position < before)
    if known_by is not None:
        statement = statement.where(changes.c.known_at <= known_by)
    rows = await connection.execute(statement.order_by(changes.c.position.desc()).limit(limit))
    return [PlacedChange(*row) for row in rows]


async def feed(connection: AsyncConnection, offsets_from: Sequence[int], limit: int) -> list[PlacedChange]:
    """The changes from an offset of each partition on, those of a partition in its order.

    Complete: what is seen of a partition has no hole, since its changes are written in order, each batch by the one
    who holds its offset (writer.py).
    """
    rows = await connection.execute(_FEED, {"offsets": list(offsets_from), "limit": limit})
    return [PlacedChange(*row) for row in rows]


async def feed_end(connection: AsyncConnection, reader: str, topic: str) -> FromOffsets:
    """Where the feed ends now: everything before it is served. The log's id is empty while there is none."""
    log_id = select(func.coalesce(func.max(log.c.log_id), "")).scalar_subquery()
    statement = (
        select(log_id, offsets.c.next_offset)
        .where(offsets.c.reader == reader, offsets.c.topic == topic)
        .order_by(offsets.c.partition)
    )
    rows = (await connection.execute(statement)).all()
    return FromOffsets(log=rows[0][0] if rows else "", offsets=tuple(next_offset for _, next_offset in rows))


async def standing(connection: AsyncConnection, reader: str, topic: str) -> Standing:
    """How far a reader has come, and what is in its way."""
    conflicting = await connection.scalar(select(func.count()).select_from(conflicts))
    return Standing(applied=await applied_offsets(connection, reader, topic), conflicts=conflicting or 0)


async def accounts_by_state(connection: AsyncConnection) -> dict[str, int]:
    """How many accounts are in each state that any is in."""
    states = await connection.execute(select(accounts.c.state, func.count()).group_by(accounts.c.state))
    return dict(states.all())
