"""Conditions and alerts, their audit trail, and the messages that they give rise to."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alerts import ACTIVE, Spoke
from schemas.conditions import Condition
from schemas.tables import alert_steps, alerts, conditions, incidents, messages, mutes, stream_times, telemetry_counts
from schemas.time import Instant, instant_of, moment_of
from services.alerts.core.alert import Alert, Step
from services.alerts.core.wake import AFTERMATH
from services.alerts.rows import as_alert, as_row

Cause = tuple[str, str]  # an account and a rule

_LAST_NUMBERS = text("""
    SELECT alert_id, max(number) AS number FROM alert_steps
    WHERE alert_id = ANY(CAST(:alert_ids AS text[])) GROUP BY alert_id
""")


_REPLACED = text("""
    UPDATE alerts SET is_current = false, due_at = NULL
    WHERE account_id = :account_id AND rule = :rule AND is_current AND alert_id <> :newest
        AND NOT EXISTS (SELECT FROM alerts AS there WHERE there.alert_id = :newest)
""")


class Placed(NamedTuple):
    """A condition, where it stands in its topic, and its bytes."""

    condition: Condition
    partition: int
    position: int
    body: bytes


class Said(NamedTuple):
    """That an alert is told, why, and what made it so: the message's id comes of that."""

    alert: Alert
    spoke: Spoke
    because: str


async def keep_conditions(connection: AsyncConnection, placed: Sequence[Placed]) -> list[Placed]:
    """Keep conditions; those that were not there yet, in their order."""
    rows = [
        {
            "condition_id": condition.id,
            "account_id": condition.account_id,
            "rule": condition.rule,
            "status": condition.status.value,
            "at": condition.at,
            "known_at": condition.known_at,
            "partition": partition,
            "position": position,
            "body": body,
        }
        for condition, partition, position, body in placed
    ]
    kept = await connection.execute(
        insert(conditions)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(conditions.c.partition, conditions.c.position)
    )
    places = {tuple(row) for row in kept}
    return [one for one in placed if (one.partition, one.position) in places]


async def current_alerts(connection: AsyncConnection, accounts: Collection[str]) -> dict[Cause, Alert]:
    """The newest alert of each rule of these accounts, locked until the transaction ends."""
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.account_id == func.any(bindparam("accounts")), alerts.c.is_current)
        .order_by(alerts.c.alert_id)
        .with_for_update(),
        {"accounts": sorted(accounts)},
    )
    return {(row["account_id"], row["rule"]): as_alert(dict(row)) for row in found.mappings()}


async def lock_alert(connection: AsyncConnection, alert_id: str) -> Alert | None:
    """An alert, locked until the transaction ends."""
    found = await connection.execute(select(alerts).where(alerts.c.alert_id == alert_id).with_for_update())
    row = found.mappings().one_or_none()
    return None if row is None else as_alert(dict(row))


async def waking_alerts(connection: AsyncConnection, now: Instant, limit: int) -> list[Alert]:
    """Alerts that something is due for, and those that nothing keeps quiet any more; those nobody else has, locked.

    What an incident held is kept for `AFTERMATH` more.
    """
    moment = moment_of(now)
    is_muted = exists().where(
        mutes.c.account_id == alerts.c.account_id, mutes.c.until.is_(None) | (mutes.c.until > moment)
    )
    is_held = exists().where(
        incidents.c.incident_id == alerts.c.incident_id,
        incidents.c.ended_at.is_(None) | (incidents.c.ended_at > moment_of(now - AFTERMATH)),
    )
    speaks = (
        alerts.c.holds
        & ~alerts.c.is_told
        & alerts.c.status.in_([status.value for status in ACTIVE])
        & alerts.c.snoozed_until_worse.is_(None)
        & ~is_muted
        & ~is_held
    )
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.is_current, (alerts.c.due_at <= moment) | speaks)
        .order_by(alerts.c.alert_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [as_alert(dict(row)) for row in found.mappings()]


async def save_alerts(connection: AsyncConnection, changed: Iterable[Alert], cooldown: Instant) -> None:
    """Write alerts as they are now. A new one takes the place of the one before it as its rule's newest."""
    rows = [as_row(alert, cooldown) for alert in changed]
    if not rows:
        return
    newest = {(row["account_id"], row["rule"]): row["alert_id"] for row in rows}
    for row in rows:
        row["is_current"] = newest[row["account_id"], row["rule"]] == row["alert_id"]
    await connection.execute(
        _REPLACED, [{"account_id": account, "rule": rule, "newest": alert} for (account, rule), alert in newest.items()]
    )
    statement = insert(alerts)
    kept = {name: statement.excluded[name] for name in rows[0] if name not in ("alert_id", "is_current")}
    await connection.execute(statement.on_conflict_do_update(index_elements=["alert_id"], set_=kept), rows)


async def add_steps(connection: AsyncConnection, steps: Sequence[tuple[str, Step]], recorded_at: datetime) -> None:
    """Go on with the audit trails of alerts, which are locked."""
    if not steps:
        return
    ids = sorted({alert_id for alert_id, _ in steps})
    last: dict[str, int] = {
        row.alert_id: row.number for row in await connection.execute(_LAST_NUMBERS, {"alert_ids": ids})
    }
    rows = []
    for alert_id, step in steps:
        number = last[alert_id] = last.get(alert_id, -1) + 1
        rows.append(
            {
                "alert_id": alert_id,
                "number": number,
                "at": moment_of(step.at),
                "recorded_at": recorded_at,
                "kind": step.kind.value,
                "by": step.by,
                "detail": step.detail,
                "quiet": step.quiet and step.quiet.value,
            }
        )
    await connection.execute(insert(alert_steps), rows)


async def say(connection: AsyncConnection, said: Sequence[Said], seal_at: datetime) -> None:
    """Have alerts told: those of an account in one message, with what is not sealed yet."""
    by_account: dict[str, list[Said]] = {}
    for one in said:
        by_account.setdefault(one.alert.condition.account_id, []).append(one)
    rows = [
        {
            "message_id": f"msg_{sha256(told[0].because.encode()).hexdigest()[:24]}",
            "account_id": account_id,
            "told": {one.alert.id: one.spoke.value for one in told},
            "seal_at": seal_at,
        }
        for account_id, told in by_account.items()
    ]
    if not rows:
        return
    statement = insert(messages)
    joined = {"told": messages.c.told.concat(statement.excluded.told)}
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id"], index_where=text("sealed_at IS NULL"), set_=joined
        ),
        rows,
    )


async def stream_time(connection: AsyncConnection) -> Instant | None:
    """How far the log's clock has come; None before its first tick was read."""
    at = await connection.scalar(select(func.max(stream_times.c.at)))
    return None if at is None else instant_of(at)


async def muted_accounts(connection: AsyncConnection, accounts: Collection[str], now: Instant) -> set[str]:
    """Those of these accounts that are muted."""
    found = await connection.execute(
        select(mutes.c.account_id).where(
            mutes.c.account_id == func.any(bindparam("accounts")),
            mutes.c.until.is_(None) | (mutes.c.until > moment_of(now)),
        ),
        {"accounts": sorted(accounts)},
    )
    return set(found.scalars())


async def open_incident(connection: AsyncConnection) -> str | None:
    """The incident that is open over everything, or over the only source there is; the oldest if there are several.

    Where one of several sources is missing, scoring knows which accounts that concerns, and opens nothing for them.
    """
    others = exists().where(telemetry_counts.c.source != incidents.c.source)
    found: str | None = await connection.scalar(
        select(incidents.c.incident_id)
        .where(incidents.c.ended_at.is_(None), incidents.c.event_name.is_(None), incidents.c.source.is_(None) | ~others)
        .order_by(incidents.c.found_at)
        .limit(1)
    )
    return found
