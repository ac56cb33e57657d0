"""All SQL of the oracle."""

from collections.abc import AsyncIterator

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.conditions import Status
from schemas.tables import accounts, alerts, changes, conditions, conflicts, offsets
from schemas.topics import SCORE_CHANGES

_ROWS = 2_000
_OPENINGS = (Status.OPENED.value, Status.WORSENED.value)  # what alerts are made of


async def passed(connection: AsyncConnection, topic: str) -> dict[int, int]:
    """For each partition of a topic the next offset that its projector will read; empty where none ever read it."""
    rows = await connection.execute(
        select(offsets.c.partition, func.min(offsets.c.next_offset).label("reached"))
        .where(offsets.c.topic == topic)
        .group_by(offsets.c.partition)
    )
    return {row.partition: row.reached for row in rows}


async def changes_in(connection: AsyncConnection, partition: int) -> AsyncIterator[tuple[str, bytes]]:
    """Id and body of every change of a partition."""
    statement = select(changes.c.change_id, changes.c.body).where(changes.c.partition == partition)
    result = await connection.stream(statement.execution_options(yield_per=_ROWS))
    async for row in result:
        yield row.change_id, bytes(row.body)


async def conditions_kept(connection: AsyncConnection, partition: int) -> AsyncIterator[tuple[str, bytes]]:
    """Id and body of every condition of a partition that alerts were made of."""
    statement = select(conditions.c.condition_id, conditions.c.body).where(conditions.c.partition == partition)
    result = await connection.stream(statement.execution_options(yield_per=_ROWS))
    async for row in result:
        yield row.condition_id, bytes(row.body)


async def alerts_that_differ(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Alerts that are not of the newest condition of their account and rule, and openings that made none."""
    newest = (
        select(conditions)
        .ext(distinct_on(conditions.c.account_id, conditions.c.rule))
        .order_by(conditions.c.account_id, conditions.c.rule, conditions.c.position.desc())
        .subquery("newest")
    )
    current = select(alerts).where(alerts.c.is_current).subquery("current")
    is_same = (current.c.account_id == newest.c.account_id) & (current.c.rule == newest.c.rule)
    rows = await connection.execute(
        select(newest.c.condition_id, newest.c.status, current.c.alert_id, newest.c.body == current.c.condition)
        .select_from(newest)
        .join(current, is_same, full=True)
        .where(newest.c.body.is_distinct_from(current.c.condition))
    )
    return [
        (alert_id or condition_id, f"is not of the newest condition, {condition_id}" if alert_id else "made no alert")
        for condition_id, status, alert_id, _ in rows
        if alert_id or status in _OPENINGS
    ]


async def accounts_that_differ(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Accounts served otherwise than by their newest change, each with what is wrong."""
    newest = select(changes.c.account_id, func.max(changes.c.position).label("position")).group_by(changes.c.account_id)
    newest_change = newest.subquery("newest")
    rows = await connection.execute(
        select(
            func.coalesce(accounts.c.account_id, newest_change.c.account_id),
            accounts.c.position,
            newest_change.c.position,
        )
        .select_from(newest_change)
        .join(accounts, accounts.c.account_id == newest_change.c.account_id, full=True)
        .join(changes, changes.c.change_id == accounts.c.change_id, isouter=True)
        .where(
            accounts.c.position.is_distinct_from(newest_change.c.position)
            | accounts.c.body.is_distinct_from(changes.c.body)
        )
    )
    return [
        (account_id, f"serves the change at {served}, and its newest is at {known}")
        for account_id, served, known in rows
    ]


async def conflicting(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Changes that came twice with different content."""
    rows = await connection.execute(select(conflicts.c.change_id, conflicts.c.partition, conflicts.c.position))
    return [
        (change_id, f"came again with other content, at {SCORE_CHANGES.name}/{partition}/{position}")
        for change_id, partition, position in rows
    ]
