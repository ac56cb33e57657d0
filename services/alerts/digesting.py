"""The daily digest: what could wait, once on each working day of a recipient, ranked by revenue at risk."""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NoReturn

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.alerts import Digest, DigestData, Spoke, ToldAlert
from schemas.codec import encode
from schemas.time import instant_of
from services.alerts.core.alert import Alert
from services.alerts.core.route import by_revenue_at_risk
from services.alerts.looking import look_for_ever
from services.alerts.people import Person
from services.alerts.queries import outbox, people
from services.alerts.queries.outbox import Outgoing
from services.alerts.telling import told
from services.runtime.database import transaction

_PAUSE_SECONDS: Final = 15.0
MOST: Final = 100  # alerts of a digest; nobody reads more


class Digests:
    """Makes digests for as long as it runs, any number of them side by side."""

    def __init__(self, engine: AsyncEngine, page_url: str, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._page_url = page_url
        self._now = now

    async def run(self) -> NoReturn:
        """Look until cancelled, through outages of the database."""
        await look_for_ever(self.look, "digests", _PAUSE_SECONDS)

    async def look(self) -> None:
        """Make the digests whose time has come."""
        async with transaction(self._engine) as connection:
            known = await people.all_recipients(connection)
        for person in known.by_name.values():
            now = self._now()
            day = person.recipient.calendar.digest_day(instant_of(now))
            if day is not None and day != person.digest_on and person.lanes:
                async with transaction(self._engine) as connection:
                    await self._make(connection, person, day, now)

    async def _make(self, connection: AsyncConnection, person: Person, day: date, now: datetime) -> None:
        waiting = await people.take_digest(connection, person.name, day)
        if not waiting:
            return
        body = encode(self._digest(person, day, waiting, now))
        message_id = f"msg_{sha256(f'digest {person.name} {day}'.encode()).hexdigest()[:24]}"
        outgoing = [Outgoing(lane, channel) for channel, lane in person.lanes]
        await outbox.begin_sealed(connection, message_id, body, outgoing, now)

    def _digest(self, person: Person, day: date, waiting: list[tuple[Alert, Spoke]], now: datetime) -> Digest:
        spoken = {alert.id: spoke for alert, spoke in waiting}
        ranked = by_revenue_at_risk(alert for alert, _ in waiting)[:MOST]
        return Digest(
            timestamp=now,
            data=DigestData(
                recipient=person.name,
                day=day,
                url=f"{self._page_url}/v1/alerts",
                alerts=tuple(ToldAlert(told=spoken[alert.id], alert=told(alert)) for alert in ranked),
            ),
        )
