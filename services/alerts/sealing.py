"""Messages whose time has come: what they say is fixed, and they are put on their ways, in one transaction."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NoReturn

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.alerts import Spoke
from schemas.codec import encode
from schemas.time import Instant, instant_of
from schemas.topics import ALERTS
from services.alerts.core.alert import Alert
from services.alerts.core.route import When, when, who
from services.alerts.metrics import FAILURES, Channel
from services.alerts.people import People
from services.alerts.queries import outbox, people
from services.alerts.queries.outbox import Outgoing, Unsealed
from services.alerts.queries.webhooks import Webhook, live_webhooks
from services.alerts.rendering import message, type_of
from services.runtime.database import transaction

_LOOK_SECONDS: Final = 1.0  # how often, though nobody here made a message: another process may have, or have died
_AWAY_SECONDS: Final = 1.0
_AT_ONCE: Final = 100

logger = logging.getLogger(__name__)


class Bells(NamedTuple):
    """What is rung within the process, so that nobody has to look all the time."""

    said: asyncio.Event  # there is something to seal, once it has settled
    sealed: asyncio.Event  # there is something to deliver


class Sealer:
    """Seals for as long as it runs, any number of them side by side."""

    def __init__(
        self, engine: AsyncEngine, page_url: str, settling: timedelta, now: Callable[[], datetime], bells: Bells
    ) -> None:
        self._engine = engine
        self._page_url = page_url
        self._settling = settling
        self._now = now
        self._bells = bells
        self.delivers = True  # else everything is written down, and nothing goes out, now or later

    async def run(self) -> NoReturn:
        """Seal until cancelled, through outages of the database."""
        while True:
            try:
                sealed = await self.seal()
            except (SQLAlchemyError, OSError) as away:
                FAILURES.inc()
                logger.warning("sealing interrupted", extra={"error": type(away).__name__})
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            if sealed < _AT_ONCE:
                await self._pause()

    async def _pause(self) -> None:
        """Until something was said, and has settled; or for a while."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._bells.said.wait()
        except TimeoutError:
            return
        self._bells.said.clear()
        await asyncio.sleep(self._settling.total_seconds())

    async def seal(self) -> int:
        """Seal what is due now; how many messages that were."""
        async with transaction(self._engine) as connection:
            now = self._now()
            due = await outbox.unsealed(connection, now, _AT_ONCE)
            if due:
                webhooks = await live_webhooks(connection)
                known = await people.all_recipients(connection)
                for one in due:
                    await self._seal(connection, one, webhooks, known, now)
        if due:
            self._bells.sealed.set()
        return len(due)

    async def _seal(
        self, connection: AsyncConnection, due: Unsealed, webhooks: list[Webhook], known: People, now: datetime
    ) -> None:
        if not due.told or not self.delivers:  # its alerts were forgotten meanwhile, or nobody is to hear
            await outbox.seal(connection, due.message_id, b"", [], now)
            return
        said = message(due.told, self._page_url, now)
        outgoing = [Outgoing(ALERTS.name, Channel.TOPIC.value)]
        if not all(alert.condition.is_backfill for alert, _ in due.told):
            outgoing += [
                Outgoing(one.webhook_id, Channel.WEBHOOK.value)
                for one in webhooks
                if not one.types or type_of(said) in one.types
            ]
        plan = planned(due.told, known, instant_of(now))
        outgoing += _to_people(plan, known, self._page_url, now)
        await outbox.add_to_digests(connection, plan.in_digest, now)
        await outbox.seal(connection, due.message_id, encode(said), outgoing, now)


@dataclass(slots=True)
class Plan:
    """Who hears of which alerts at once, and what waits for whose digest."""

    at_once: dict[str, list[tuple[Alert, Spoke]]] = field(default_factory=dict)
    in_digest: list[tuple[str, str, Spoke]] = field(default_factory=list)


def planned(told: Sequence[tuple[Alert, Spoke]], known: People, now: Instant) -> Plan:
    """Who hears of these alerts, and when."""
    plan, recipients = Plan(), known.recipients
    for alert, spoke in told:
        for name in who(alert, recipients):
            match when(alert, spoke, recipients[name].calendar, now):
                case When.AT_ONCE:
                    plan.at_once.setdefault(name, []).append((alert, spoke))
                case When.IN_DIGEST:
                    plan.in_digest.append((name, alert.id, spoke))
                case When.NEVER:
                    pass
    return plan


def _to_people(plan: Plan, known: People, page_url: str, now: datetime) -> list[Outgoing]:
    """One delivery for each person and channel, with those of the alerts that they hear of."""
    return [
        Outgoing(lane, channel, encode(message(said, page_url, now)))
        for name, said in plan.at_once.items()
        for channel, lane in known.by_name[name].lanes
    ]
