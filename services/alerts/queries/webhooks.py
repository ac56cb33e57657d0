"""Endpoints of one's own that alerts are sent to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import webhooks


class Webhook(NamedTuple):
    """An endpoint of somebody's."""

    webhook_id: str
    url: str
    types: Sequence[str]
    secret: str
    old_secret: str | None
    old_secret_until: datetime | None
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None


async def webhook(connection: AsyncConnection, webhook_id: str) -> Webhook | None:
    """An endpoint."""
    row = (await connection.execute(select(webhooks).where(webhooks.c.webhook_id == webhook_id))).one_or_none()
    return None if row is None else Webhook(*row)


async def all_webhooks(connection: AsyncConnection) -> list[Webhook]:
    """Every endpoint, the oldest first."""
    rows = await connection.execute(select(webhooks).order_by(webhooks.c.created_at, webhooks.c.webhook_id))
    return [Webhook(*row) for row in rows]


async def live_webhooks(connection: AsyncConnection) -> list[Webhook]:
    """Every endpoint that is not disabled, the oldest first."""
    lives = select(webhooks).where(webhooks.c.disabled_at.is_(None))
    rows = await connection.execute(lives.order_by(webhooks.c.created_at, webhooks.c.webhook_id))
    return [Webhook(*row) for row in rows]


async def add_webhook(connection: AsyncConnection, made: Webhook) -> None:
    """Keep a new endpoint."""
    await connection.execute(insert(webhooks).values(made._asdict()))


async def change_webhook(connection: AsyncConnection, webhook_id: str, values: Mapping[str, Any]) -> bool:
    """Change an endpoint; whether there is one."""
    changed = await connection.execute(update(webhooks).where(webhooks.c.webhook_id == webhook_id).values(dict(values)))
    return changed.rowcount > 0
