"""Messages and deliveries: what is told, to whom, and how far it has come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alerts import Spoke
from schemas.tables import alerts, deliveries, digest_items, messages, webhooks
from services.alerts.core.alert import Alert
from services.alerts.rows import as_alert

WAITING, DELIVERED, GIVEN_UP, DROPPED = "waiting", "delivered", "given_up", "dropped"

_CLAIM = text("""
    WITH due AS (
        SELECT message_id, lane, row_number() OVER (PARTITION BY lane ORDER BY next_attempt_at, created_at) AS place
        FROM deliveries
        WHERE state = 'waiting' AND next_attempt_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
            AND NOT lane = ANY(CAST(:busy AS text[]))
    ), chosen AS (
        SELECT deliveries.message_id, deliveries.lane
        FROM deliveries JOIN due USING (message_id, lane)
        WHERE due.place <= :each AND deliveries.state = 'waiting'
            AND (deliveries.leased_until IS NULL OR deliveries.leased_until <= :now)
        ORDER BY deliveries.next_attempt_at, deliveries.created_at
        LIMIT :limit
        FOR UPDATE OF deliveries SKIP LOCKED
    )
    UPDATE deliveries SET leased_until = :leased_until, attempts = attempts + 1
    FROM chosen JOIN messages USING (message_id)
    WHERE deliveries.message_id = chosen.message_id AND deliveries.lane = chosen.lane
    RETURNING deliveries.message_id, deliveries.lane, deliveries.channel, deliveries.attempts, deliveries.created_at,
        coalesce(deliveries.body, messages.body) AS body, messages.account_id,
        EXISTS (SELECT FROM webhooks WHERE webhook_id = deliveries.lane AND failing_since IS NOT NULL) AS is_failing
""")
_DELIVERED = text("""
    UPDATE deliveries SET state = 'delivered', leased_until = NULL, ended_at = :now, answer = done.answer
    FROM unnest(CAST(:message_ids AS text[]), CAST(:lanes AS text[]), CAST(:answers AS text[]))
        AS done (message_id, lane, answer)
    WHERE deliveries.message_id = done.message_id AND deliveries.lane = done.lane
""")
_WELL = text("UPDATE webhooks SET failing_since = NULL WHERE webhook_id = ANY(CAST(:lanes AS text[]))")
_FAILING = text("UPDATE webhooks SET failing_since = coalesce(failing_since, :now) WHERE webhook_id = :lane")
_STANDING = text("""
    SELECT count(*) AS waiting, min(next_attempt_at) FILTER (WHERE next_attempt_at <= :now) AS oldest_due
    FROM deliveries WHERE state = 'waiting'
""")


class Unsealed(NamedTuple):
    """A message whose time has come: alerts, each with why it is told."""

    message_id: str
    told: list[tuple[Alert, Spoke]]


class Job(NamedTuple):
    """A delivery that is ours for as long as the lease lasts."""

    message_id: str
    lane: str
    channel: str
    attempts: int  # this one included
    created_at: datetime
    body: bytes
    account_id: str | None
    is_failing: bool  # the receiver did not take what was sent last


class Outgoing(NamedTuple):
    """A delivery to be made; without a `body` it is the message's own."""

    lane: str
    channel: str
    body: bytes | None = None


async def unsealed(connection: AsyncConnection, now: datetime, limit: int) -> list[Unsealed]:
    """Messages that wait for nothing more, locked; those nobody else is at."""
    rows = (
        await connection.execute(
            select(messages.c.message_id, messages.c.told)
            .where(messages.c.sealed_at.is_(None), messages.c.seal_at <= now)
            .order_by(messages.c.seal_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    ids = sorted({alert_id for row in rows for alert_id in row.told})
    found = await connection.execute(
        select(alerts).where(alerts.c.alert_id == func.any(bindparam("ids"))), {"ids": ids}
    )
    known = {row["alert_id"]: as_alert(dict(row)) for row in found.mappings()}
    return [
        Unsealed(row.message_id, [(known[one], Spoke(spoke)) for one, spoke in row.told.items() if one in known])
        for row in rows
    ]


async def seal(
    connection: AsyncConnection, message_id: str, body: bytes, outgoing: Sequence[Outgoing], now: datetime
) -> None:
    """From here on the message says this, and goes to these."""
    await connection.execute(
        update(messages).where(messages.c.message_id == message_id).values(sealed_at=now, body=body)
    )
    await send(connection, message_id, outgoing, now)


async def begin_sealed(
    connection: AsyncConnection, message_id: str, body: bytes, outgoing: Sequence[Outgoing], now: datetime
) -> None:
    """A message that is complete from the start. The same id again is the same message."""
    values = {"message_id": message_id, "told": {}, "seal_at": now, "sealed_at": now, "body": body}
    await connection.execute(insert(messages).values(values).on_conflict_do_nothing())
    await send(connection, message_id, outgoing, now)


async def send(connection: AsyncConnection, message_id: str, outgoing: Sequence[Outgoing], now: datetime) -> None:
    """Put a message on its ways; one that it is on already stays as it is."""
    rows = [
        {
            "message_id": message_id,
            "lane": lane,
            "channel": channel,
            "body": body,
            "state": WAITING,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
        }
        for lane, channel, body in outgoing
    ]
    if rows:
        await connection.execute(insert(deliveries).on_conflict_do_nothing(), rows)


async def add_to_digests(connection: AsyncConnection, items: Collection[tuple[str, str, Spoke]], now: datetime) -> None:
    """Have alerts wait for a recipient's next digest: (recipient, alert, why)."""
    rows = [
        {"recipient": recipient, "alert_id": alert_id, "told": spoke.value, "added_at": now}
        for recipient, alert_id, spoke in items
    ]
    if rows:
        await connection.execute(insert(digest_items).on_conflict_do_nothing(), rows)


async def claim(
    connection: AsyncConnection, now: datetime, leased_until: datetime, limit: int, each: int, busy: Collection[str]
) -> list[Job]:
    """Deliveries that are due, at most `each` of a lane, none of a busy one; nobody else gets them meanwhile."""
    given = {"now": now, "leased_until": leased_until, "limit": limit, "each": each, "busy": sorted(busy)}
    rows = await connection.execute(_CLAIM, given)
    return [
        Job(
            row.message_id,
            row.lane,
            row.channel,
            row.attempts,
            row.created_at,
            row.body or b"",
            row.account_id,
            row.is_failing,
        )
        for row in rows
    ]


async def delivered(connection: AsyncConnection, done: Sequence[tuple[Job, str]], now: datetime) -> None:
    """Deliveries that were taken, each with what the receiver said; who was failing no longer is."""
    if not done:
        return
    given = {
        "message_ids": [job.message_id for job, _ in done],
        "lanes": [job.lane for job, _ in done],
        "answers": [answer for _, answer in done],
        "now": now,
    }
    await connection.execute(_DELIVERED, given)
    well = sorted({job.lane for job, _ in done if job.is_failing})
    if well:
        await connection.execute(_WELL, {"lanes": well})


async def end(connection: AsyncConnection, job: Job, state: str, answer: str, now: datetime) -> None:
    """A delivery is done with, though nobody took it."""
    await connection.execute(_of(job).values(state=state, leased_until=None, ended_at=now, answer=answer))


async def postpone(connection: AsyncConnection, job: Job, until: datetime, answer: str, now: datetime) -> None:
    """A delivery failed, and is tried again."""
    await connection.execute(_of(job).values(next_attempt_at=until, leased_until=None, answer=answer))
    await connection.execute(_FAILING, {"lane": job.lane, "now": now})


async def disable(connection: AsyncConnection, lane: str, because: str, now: datetime) -> None:
    """Send nothing to an endpoint any more; what was on its way is dropped, and can be replayed."""
    await connection.execute(
        update(webhooks)
        .where(webhooks.c.webhook_id == lane, webhooks.c.disabled_at.is_(None))
        .values(disabled_at=now, disabled_because=because)
    )
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.lane == lane, deliveries.c.state == WAITING)
        .values(state=DROPPED, ended_at=now, leased_until=None)
    )


async def deliveries_of(connection: AsyncConnection, lane: str, limit: int) -> list[dict[str, Any]]:
    """The last deliveries to somebody, the newest first."""
    rows = await connection.execute(
        select(deliveries, messages.c.account_id, messages.c.body.label("message_body"))
        .join(messages, messages.c.message_id == deliveries.c.message_id)
        .where(deliveries.c.lane == lane)
        .order_by(deliveries.c.created_at.desc(), deliveries.c.message_id)
        .limit(limit)
    )
    return [dict(row) for row in rows.mappings()]


async def replay(connection: AsyncConnection, lane: str, since: datetime, states: Sequence[str], now: datetime) -> int:
    """Send again what was created since, and is in one of these states; how many that are. Their ids stay."""
    replayed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.lane == lane, deliveries.c.created_at >= since, deliveries.c.state.in_(states))
        .values(state=WAITING, attempts=0, next_attempt_at=now, leased_until=None, ended_at=None)
    )
    return replayed.rowcount


async def standing(connection: AsyncConnection, now: datetime) -> tuple[int, datetime | None]:
    """How many deliveries wait, and since when the oldest that is due has been due."""
    row = (await connection.execute(_STANDING, {"now": now})).one()
    return row.waiting, row.oldest_due


def _of(job: Job) -> Any:  # noqa: ANN401 - an update, whose type says nothing
    return update(deliveries).where(deliveries.c.message_id == job.message_id, deliveries.c.lane == job.lane)
