"""What is asked about alerts: lists, audit trails, how rules have done, and what held on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alerts import ACTIVE
from schemas.tables import alert_steps, alerts, conditions, deliveries, messages, recipients
from services.alerts.core.alert import Alert
from services.alerts.rows import as_alert

_STATUSES: Final = ("open", "acknowledged", "contacted", "closed")


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for: one of the values of each field; a field without values asks nothing."""

    statuses: Sequence[str] = ()
    accounts: Sequence[str] = ()
    rules: Sequence[str] = ()
    severities: Sequence[str] = ()
    owners: Sequence[str] = ()
    segments: Sequence[str] = ()


class Place(NamedTuple):
    """Where a page ends."""

    opened_at: datetime
    alert_id: str


async def some_alerts(connection: AsyncConnection, wanted: AlertFilter, after: Place | None, limit: int) -> list[Alert]:
    """Alerts, the newest first."""
    statement = select(alerts)
    for column, values in (
        (alerts.c.status, wanted.statuses),
        (alerts.c.account_id, wanted.accounts),
        (alerts.c.rule, wanted.rules),
        (alerts.c.severity, wanted.severities),
        (alerts.c.owner, wanted.owners),
        (alerts.c.segment, wanted.segments),
    ):
        if values:
            statement = statement.where(column.in_(values))
    if after is not None:
        row = tuple_(alerts.c.opened_at, alerts.c.alert_id)
        statement = statement.where(row < tuple_(after.opened_at, after.alert_id))
    found = await connection.execute(
        statement.order_by(alerts.c.opened_at.desc(), alerts.c.alert_id.desc()).limit(limit)
    )
    return [as_alert(dict(row)) for row in found.mappings()]


async def an_alert(connection: AsyncConnection, alert_id: str) -> Alert | None:
    """An alert."""
    found = await connection.execute(select(alerts).where(alerts.c.alert_id == alert_id))
    row = found.mappings().one_or_none()
    return None if row is None else as_alert(dict(row))


async def steps_of(connection: AsyncConnection, alert_id: str, until: datetime | None = None) -> list[dict[str, Any]]:
    """The audit trail of an alert, up to an instant (inclusive)."""
    statement = select(alert_steps).where(alert_steps.c.alert_id == alert_id).order_by(alert_steps.c.number)
    if until is not None:
        statement = statement.where(alert_steps.c.at < until)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def deliveries_about(connection: AsyncConnection, alert: Alert) -> list[dict[str, Any]]:
    """Deliveries of messages that told of an alert."""
    told = messages.c.told.has_key(alert.id)
    rows = await connection.execute(
        select(deliveries)
        .join(messages, messages.c.message_id == deliveries.c.message_id)
        .where(messages.c.account_id == alert.condition.account_id, told)
        .order_by(deliveries.c.created_at, deliveries.c.message_id, deliveries.c.lane)
    )
    return [dict(row) for row in rows.mappings()]


async def rule_counts(connection: AsyncConnection) -> list[dict[str, Any]]:
    """For every rule how many alerts there were, how many are active, and how they were judged."""
    is_active = alerts.c.status.in_([status.value for status in ACTIVE])
    rows = await connection.execute(
        select(
            alerts.c.rule,
            func.count().label("alerts"),
            func.count().filter(is_active).label("open"),
            *(func.count().filter(alerts.c.outcome == one).label(one) for one in ("true", "false", "known")),
        )
        .group_by(alerts.c.rule)
        .order_by(alerts.c.rule)
    )
    return [dict(row) for row in rows.mappings()]


async def counts_by_segment(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Alerts of each segment, by its name; those of no segment last."""
    return await _counts(connection, select(alerts, alerts.c.segment.label("name")))


async def counts_by_team(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Alerts of each team of two people or more, by its name, by who owned the accounts; all others last."""
    several = select(recipients.c.team).group_by(recipients.c.team).having(func.count() > 1)
    members = select(recipients).where(recipients.c.team.in_(several)).subquery("members")
    joined = alerts.outerjoin(members, members.c.name == alerts.c.owner)
    return await _counts(connection, select(alerts, members.c.team.label("name")).select_from(joined))


async def _counts(connection: AsyncConnection, named: Select[Any]) -> list[dict[str, Any]]:
    """Alerts by name, status and verdict; an account's revenue counts once for each name."""
    of = named.subquery("named")
    is_active = of.c.status.in_([status.value for status in ACTIVE])
    statuses = (func.count().filter(of.c.status == one).label(one) for one in _STATUSES)
    verdicts = (func.count().filter(of.c.outcome == one).label(one) for one in ("true", "false", "known"))
    arr = (
        select(of.c.name, of.c.account_id, func.max(of.c.arr_cents).label("arr_cents"))
        .where(is_active)
        .group_by(of.c.name, of.c.account_id)
        .subquery("arr")
    )
    at_stake = select(func.coalesce(func.sum(arr.c.arr_cents), 0)).where(arr.c.name.is_not_distinct_from(of.c.name))
    rows = await connection.execute(
        select(of.c.name, *statuses, *verdicts, at_stake.scalar_subquery().label("arr_cents"))
        .group_by(of.c.name)
        .order_by(of.c.name.nulls_last())
    )
    return [{**row, "arr_cents": int(row["arr_cents"])} for row in rows.mappings()]


async def alerts_of(connection: AsyncConnection, account_id: str, until: datetime) -> list[Alert]:
    """The alerts of an account that were opened before an instant, the newest first."""
    found = await connection.execute(
        select(alerts)
        .where(alerts.c.account_id == account_id, alerts.c.opened_at < until)
        .order_by(alerts.c.opened_at.desc())
    )
    return [as_alert(dict(row)) for row in found.mappings()]


async def conditions_of(connection: AsyncConnection, account_id: str, until: datetime) -> list[bytes]:
    """The conditions of an account that were known before an instant, in their order."""
    found = await connection.execute(
        select(conditions.c.body)
        .where(conditions.c.account_id == account_id, conditions.c.known_at < until)
        .order_by(conditions.c.position)
    )
    return list(found.scalars())
