"""All SQL that writes: a batch of received changes becomes rows, in the transaction that moves the offsets."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.changes import GRAINS_PER_POINT
from services.api.received import Forgotten, Received

_INSERT_CHANGES = text("""
    INSERT INTO changes (change_id, account_id, sequence, at, known_at, partition, position, body)
    SELECT * FROM unnest(
        CAST(:change_id AS text[]), CAST(:account_id AS text[]), CAST(:sequence AS bigint[]),
        CAST(:at AS timestamptz[]), CAST(:known_at AS timestamptz[]),
        CAST(:partition AS integer[]), CAST(:position AS bigint[]), CAST(:body AS bytea[])
    )
    ON CONFLICT (change_id) DO NOTHING
    RETURNING partition, position
""")
_UPSERT_ACCOUNTS = text("""
    INSERT INTO accounts (
        account_id, score_grains, state, reason, name, plan, segment, seats, arr_cents, renewal_on, owner, time_zone,
        change_id, sequence, position, body
    )
    SELECT * FROM unnest(
        CAST(:account_id AS text[]), CAST(:score_grains AS integer[]), CAST(:state AS text[]), CAST(:reason AS text[]),
        CAST(:name AS text[]), CAST(:plan AS text[]), CAST(:segment AS text[]), CAST(:seats AS bigint[]),
        CAST(:arr_cents AS bigint[]), CAST(:renewal_on AS date[]), CAST(:owner AS text[]), CAST(:time_zone AS text[]),
        CAST(:change_id AS text[]), CAST(:sequence AS bigint[]), CAST(:position AS bigint[]), CAST(:body AS bytea[])
    )
    ON CONFLICT (account_id) DO UPDATE SET
        score_grains = excluded.score_grains, state = excluded.state, reason = excluded.reason, name = excluded.name,
        plan = excluded.plan, segment = excluded.segment, seats = excluded.seats, arr_cents = excluded.arr_cents,
        renewal_on = excluded.renewal_on, owner = excluded.owner, time_zone = excluded.time_zone,
        change_id = excluded.change_id, sequence = excluded.sequence, position = excluded.position,
        body = excluded.body
    WHERE accounts.position < excluded.position
""")
_STORED_BODIES = text("SELECT change_id, body FROM changes WHERE change_id = ANY(CAST(:change_ids AS text[]))")
_KEEP_CONFLICTS = text("""
    INSERT INTO conflicts (change_id, partition, position, body, seen_at)
    SELECT *, CAST(:seen_at AS timestamptz) FROM unnest(
        CAST(:change_id AS text[]), CAST(:partition AS integer[]), CAST(:position AS bigint[]), CAST(:body AS bytea[])
    )
    ON CONFLICT DO NOTHING
""")
_FORGET = tuple(
    text(statement)
    for statement in (
        """
        DELETE FROM changes
        WHERE account_id = :account_id AND partition = :partition AND position < :position
        """,
        "DELETE FROM accounts WHERE account_id = :account_id AND position < :position",
        """
        DELETE FROM conflicts
        WHERE partition = :partition AND position < :position  -- a change's id: <log>:<partition>:<offset>:<id>:<n>
            AND regexp_replace(change_id, '^[^:]*:[0-9]+:[0-9]+:(.*):[0-9]+$', '\\1') = :account_id
        """,
    )
)


async def forget_accounts(connection: AsyncConnection, gone: Sequence[Forgotten]) -> None:
    """Delete whatever came of accounts before the records that say they are forgotten."""
    rows = [one._asdict() for one in gone]
    for statement in _FORGET:
        await connection.execute(statement, rows)


async def write_changes(
    connection: AsyncConnection, received: Sequence[Received], seen_at: datetime
) -> tuple[int, list[Received]]:
    """Write each change once and bring its account up to date; how many were new, and which contradict what is stored.

    A change that is there already with the same bytes was sent again, which is nothing. One that is there with other
    bytes is kept as a conflict: one of the two must be wrong, and neither is thrown away.
    """
    inserted = await connection.execute(_INSERT_CHANGES, _change_columns(received))
    places = {(row.partition, row.position) for row in inserted}
    new = [one for one in received if (one.partition, one.position) in places]
    if new:
        newest = {one.change.account_id: one for one in new}  # in order: the last one stays
        await connection.execute(_UPSERT_ACCOUNTS, _account_columns(newest.values()))
    again = [one for one in received if (one.partition, one.position) not in places]
    return len(new), await _conflicts(connection, again, seen_at) if again else []


async def _conflicts(connection: AsyncConnection, again: Sequence[Received], seen_at: datetime) -> list[Received]:
    rows = await connection.execute(_STORED_BODIES, {"change_ids": [one.change.id for one in again]})
    stored = {row.change_id: row.body for row in rows}
    conflicts = [one for one in again if stored[one.change.id] != one.body]
    if conflicts:
        columns = {
            "change_id": [one.change.id for one in conflicts],
            "partition": [one.partition for one in conflicts],
            "position": [one.position for one in conflicts],
            "body": [one.body for one in conflicts],
        }
        await connection.execute(_KEEP_CONFLICTS, {**columns, "seen_at": seen_at})
    return conflicts


def _change_columns(received: Iterable[Received]) -> dict[str, list[object]]:
    rows = [
        (change.id, change.account_id, change.sequence, change.at, change.known_at, partition, position, body)
        for change, partition, position, body in received
    ]
    names = ("change_id", "account_id", "sequence", "at", "known_at", "partition", "position", "body")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _account_columns(received: Iterable[Received]) -> dict[str, list[object]]:
    changes = [(one.change, one.change.facts, one) for one in received]
    return {
        "account_id": [change.account_id for change, _, _ in changes],
        "score_grains": [_grains(change.score) for change, _, _ in changes],
        "state": [change.state.value for change, _, _ in changes],
        "reason": [change.reason and change.reason.value for change, _, _ in changes],
        "name": [facts.name for _, facts, _ in changes],
        "plan": [facts.plan for _, facts, _ in changes],
        "segment": [facts.segment for _, facts, _ in changes],
        "seats": [facts.seats for _, facts, _ in changes],
        "arr_cents": [facts.arr_cents for _, facts, _ in changes],
        "renewal_on": [facts.renewal_on for _, facts, _ in changes],
        "owner": [facts.owner for _, facts, _ in changes],
        "time_zone": [facts.time_zone for _, facts, _ in changes],
        "change_id": [change.id for change, _, _ in changes],
        "sequence": [change.sequence for change, _, _ in changes],
        "position": [one.position for _, _, one in changes],
        "body": [one.body for _, _, one in changes],
    }


def _grains(score: float | None) -> int | None:
    return None if score is None else round(score * GRAINS_PER_POINT)
