"""The projection of activity.v1: the log's clock, what people recorded, and counts for the fleet guard."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.activity import Activity, Contact, ContactKind, Event, Forget, Mute, Outcome, Publication, Tick
from schemas.codec import Unreadable, decode_activity
from schemas.time import Instant, instant_of
from schemas.topics import ACTIVITY
from services.alerts.core.act import Reach, act
from services.alerts.core.alert import Next
from services.alerts.core.guard import FINE
from services.alerts.guarding import Guarding
from services.alerts.hearing import Manner, Minutes
from services.alerts.metrics import FAILURES
from services.alerts.queries import forgetting, record, telemetry, work
from services.alerts.queries.forgetting import Gone
from services.alerts.queries.record import Recorded
from services.alerts.queries.telemetry import Bucket
from services.runtime.projection.projector import Records

SOMEBODY: Final = "somebody"  # the author of a contact that names none

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Read:
    """What a batch holds that matters here."""

    times: dict[int, Instant] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    mutes: list[Mute] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    counted: Counter[Bucket] = field(default_factory=Counter)
    publication: Publication | None = None  # the newest of them

    def take(self, activity: Activity, partition: int, position: int) -> None:
        """Sort a record in."""
        match activity:
            case Event(backfill=False, imported=None):  # what is brought in from files says nothing of the tracking
                received_at = instant_of(activity.received_at)
                self.counted[activity.source, activity.event_name, received_at - received_at % FINE] += 1
            case Tick():
                self.times[partition] = max(self.times.get(partition, 0), instant_of(activity.at))
            case Mute():
                self.mutes.append(activity)
            case Contact() | Outcome():
                self.recorded.append(Recorded(activity, partition, position))
            case Forget(account_id=account_id):
                self.mutes = [one for one in self.mutes if one.account_id != account_id]
                self.recorded = [one for one in self.recorded if one.record.account_id != account_id]
                self.gone.append(Gone(account_id, partition, position))
            case Publication():
                self.publication = max(self.publication or activity, activity, key=lambda one: one.version)
            case _:
                pass  # of scoring


class ActivityProjection:
    """Each record once. What is unreadable is scoring's to refuse."""

    reader = "alerts-activity"
    topic = ACTIVITY.name

    def __init__(self, manner: Manner, guarding: Guarding, now: Callable[[], datetime]) -> None:
        self._manner = manner
        self._guarding = guarding
        self._now = now

    async def begin(self, connection: AsyncConnection) -> None:
        """The guard remembers what is kept, and only that."""
        await self._guarding.begin(connection)

    async def write(self, connection: AsyncConnection, batch: Records) -> Callable[[], None]:
        """Write what matters of a batch."""
        read = _read(batch)
        await telemetry.move_stream_times(connection, read.times)
        if read.gone:
            await forgetting.forget_records(connection, read.gone)
        await record.keep_mutes(connection, read.mutes)
        if read.recorded:
            await record.keep_contacts(connection, read.recorded)
            await record.keep_outcomes(connection, read.recorded)
            await self._reach(connection, [one.record for one in read.recorded if isinstance(one.record, Contact)])
        await telemetry.count(connection, read.counted)
        if read.publication is not None:
            self._guarding.heed(read.publication.scorecard)
        await self._guarding.look(connection, read.counted, read.times, self._now())
        return self._guarding.show

    def interrupted(self) -> None:
        """Count it."""
        FAILURES.inc()

    async def _reach(self, connection: AsyncConnection, contacts: list[Contact]) -> None:
        """Who was spoken to: their alerts that were open then are contacted. A note is no contact."""
        spoken = [contact for contact in contacts if contact.kind is not ContactKind.NOTE]
        if not spoken:
            return
        current = await work.current_alerts(connection, {contact.account_id for contact in spoken})
        minutes = Minutes()
        for contact in spoken:
            at = instant_of(contact.occurred_at)
            for cause, alert in current.items():
                if cause[0] != contact.account_id or not alert.is_active or alert.opened_at > at:
                    continue
                found = act(alert, Reach(contact.kind.value), contact.author or SOMEBODY, at)
                if isinstance(found, Next):
                    current[cause] = found.alert
                    minutes.take(found, alert.id)
        await minutes.write(connection, self._manner, self._now())


def _read(batch: Records) -> Read:
    read = Read()
    for place, records in batch.items():
        for one in records:
            try:
                activity = decode_activity(one.value or b"")
            except Unreadable:
                continue
            read.take(activity, place.partition, one.offset)
    return read
