"""Recipients: who is told, and what waits for their digest."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alerts import ACTIVE, Spoke
from schemas.sentences import Language
from schemas.tables import alerts, digest_items, recipients
from services.alerts.core.alert import Alert
from services.alerts.core.calendar import Calendar
from services.alerts.core.route import Recipient
from services.alerts.people import People, Person
from services.alerts.queries.webhooks import Webhook, live_webhooks
from services.alerts.rows import as_alert


class Receivers(NamedTuple):
    """Where everybody is, as of one moment: endpoints by id, but for those that are disabled, and people."""

    webhooks: Mapping[str, Webhook]
    people: People


async def receivers(connection: AsyncConnection) -> Receivers:
    """Everybody that a message can go to."""
    endpoints = {one.webhook_id: one for one in await live_webhooks(connection)}
    return Receivers(endpoints, await all_recipients(connection))


async def all_recipients(connection: AsyncConnection) -> People:
    """Everybody."""
    rows = await connection.execute(select(recipients).order_by(recipients.c.name))
    return People({row["name"]: _person(dict(row)) for row in rows.mappings()})


async def put_recipient(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep a recipient as it is given, in place of what was known before."""
    kept = {name: value for name, value in values.items() if name != "name"}
    statement = insert(recipients).values(dict(values))
    await connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=kept))


async def remove_recipient(connection: AsyncConnection, name: str) -> bool:
    """Forget a recipient, and what waits for them; whether there was one."""
    await connection.execute(delete(digest_items).where(digest_items.c.recipient == name))
    removed = await connection.execute(delete(recipients).where(recipients.c.name == name))
    return removed.rowcount > 0


async def take_digest(connection: AsyncConnection, name: str, day: date) -> list[tuple[Alert, Spoke]] | None:
    """What waits for somebody's digest of a day and is still to be worked on; None if that digest was made already.

    Taken once: it waits no more, and the day is remembered.
    """
    taken = await connection.execute(
        update(recipients)
        .where(recipients.c.name == name, recipients.c.digest_on.is_distinct_from(day))
        .values(digest_on=day)
    )
    if not taken.rowcount:
        return None
    rows = await connection.execute(
        delete(digest_items)
        .where(digest_items.c.recipient == name, alerts.c.alert_id == digest_items.c.alert_id)
        .returning(digest_items.c.told, alerts)
    )
    found = [(as_alert(dict(row)), Spoke(row["told"])) for row in rows.mappings()]
    return [(alert, spoke) for alert, spoke in found if alert.status in ACTIVE and alert.snooze is None]


def _person(row: Mapping[str, Any]) -> Person:
    calendar = Calendar(
        ZoneInfo(row["time_zone"]), row["works_from"], row["works_until"], frozenset(row["working_days"])
    )
    return Person(
        Recipient(row["name"], calendar, row["secondary"], row["team"]),
        row["time_zone"],
        row["mail"],
        row["slack"],
        Language(row["language"]),
        row["digest_on"],
    )
