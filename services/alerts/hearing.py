"""Conditions heard: the core is asked what becomes of their alerts, and what it says is written, in one transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.time import Instant, instant_of
from services.alerts.core.alert import Alert, Next, Step
from services.alerts.core.hear import Around, hear
from services.alerts.queries import work
from services.alerts.queries.work import Placed, Said


@dataclass(frozen=True, slots=True)
class Manner:
    """How this instance goes about alerts: the cooldown, and for how long a message waits for what joins it."""

    cooldown: Instant
    settling: timedelta


@dataclass(slots=True)
class Minutes:
    """What is to be written: alerts as they are now, lines of their trails, and what is said."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    steps: list[tuple[str, Step]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def take(self, found: Next, because: str) -> None:
        """Note what became of an alert."""
        alert = found.alert
        self.alerts[alert.id] = alert
        self.steps += [(alert.id, step) for step in found.steps]
        if found.speak is not None:
            self.said.append(Said(alert, found.speak, because))

    async def write(self, connection: AsyncConnection, manner: Manner, now: datetime) -> None:
        """Write it all."""
        await work.save_alerts(connection, self.alerts.values(), manner.cooldown)
        await work.add_steps(connection, self.steps, now)
        await work.say(connection, self.said, now + manner.settling)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What holds for the accounts of a batch: who is muted, and whether an incident is open."""

    manner: Manner
    muted: Collection[str]
    incident: str | None

    def around(self, account_id: str) -> Around:
        """What the core is told."""
        return Around(self.manner.cooldown, account_id in self.muted, self.incident)


async def surroundings(
    connection: AsyncConnection, manner: Manner, accounts: Collection[str], now: Instant
) -> Surroundings:
    """Ask what holds at `now`."""
    muted = await work.muted_accounts(connection, accounts, now)
    return Surroundings(manner, muted, await work.open_incident(connection))


async def hear_all(
    connection: AsyncConnection, placed: list[Placed], manner: Manner, now: datetime
) -> tuple[int, list[Said]]:
    """Take in conditions: how many were new, and what is said because of them."""
    fresh = await work.keep_conditions(connection, placed)
    if not fresh:
        return 0, []
    accounts = {one.condition.account_id for one in fresh}
    newest = max(instant_of(one.condition.at) for one in fresh)
    around = await surroundings(connection, manner, accounts, newest)
    minutes = _heard(fresh, await work.current_alerts(connection, accounts), around)
    await minutes.write(connection, manner, now)
    return len(fresh), minutes.said


def _heard(fresh: Iterable[Placed], current: dict[work.Cause, Alert], around: Surroundings) -> Minutes:
    minutes = Minutes()
    for condition, *_ in fresh:
        cause = condition.account_id, condition.rule
        found = hear(current.get(cause), condition, around.around(condition.account_id))
        if found is not None:
            current[cause] = found.alert
            minutes.take(found, condition.id)
    return minutes
