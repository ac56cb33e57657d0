"""The fleet guard at work: it looks as the log's clock goes on, and what it finds is an incident, told once.

Its verdict also goes into the log, to every partition, where scoring reads it.

GuardTooSlow   a silence rule in force would speak before the guard, as it is set, could know better
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.activity import Telemetry, Verdict
from schemas.alerts import IncidentClosed, IncidentData, IncidentMessage, IncidentOpened
from schemas.codec import encode
from schemas.detection import detection
from schemas.scorecard import Scorecard
from schemas.sentences import Sentence
from schemas.time import HOUR, SECOND, Instant, instant_of, moment_of
from schemas.topics import ACTIVITY, ALERTS
from services.alerts.core.guard import FINE, KEPT_FINE, Fall, Guard, quickest_for
from services.alerts.core.route import FALLBACK
from services.alerts.metrics import INCIDENTS, Channel
from services.alerts.queries import outbox, people, telemetry
from services.alerts.queries.outbox import Outgoing
from services.alerts.queries.telemetry import Bucket, Incident
from services.alerts.queries.webhooks import live_webhooks
from services.alerts.rendering import type_of
from services.runtime.projection.writer import partitions
from services.runtime.settings import SettingsRefused

_TRIM_EVERY: Final = HOUR

logger = logging.getLogger(__name__)


class GuardTooSlow(SettingsRefused):
    """Customers would be blamed for tracking that fell."""

    def __init__(self, wished: Instant, silence: Instant) -> None:
        super().__init__(
            f"KIZASHI_ALERTS_GUARD_SECONDS={wished // SECOND}: the guard would need {detection(wished) // SECOND} s to "
            f"tell silence from broken tracking, and a silence rule of the scorecard in force speaks after "
            f"{silence // SECOND} s. Leave the setting out, lower it, or publish a scorecard that waits longer"
        )


class Guarding:
    """Looks while its projector reads. Without `is_on` it counts nothing, as on a clock that an importer moves.

    `wished` is the shortest window to look at; None: whatever the silence rules in force leave time for.
    """

    def __init__(self, wished: Instant | None, *, is_on: bool) -> None:
        self._wished = wished
        self._is_on = is_on
        self._guard = Guard(quickest_for(wished, None))
        self._times: dict[int, Instant] = {}
        self._looked_at: Instant = 0
        self._trimmed_at: Instant = 0
        self._open: list[Incident] = []

    async def begin(self, connection: AsyncConnection) -> None:
        """Read everything anew: what was remembered may never have been kept. Raises GuardTooSlow."""
        card = await telemetry.scorecard_in_force(connection)
        silence = None if card is None else card.shortest_silence()
        wished = self._wished
        if self._is_on and wished is not None and silence is not None and silence < detection(wished):
            raise GuardTooSlow(wished, silence)
        self._guard = await telemetry.remembered(connection, quickest_for(wished, silence))
        known = await telemetry.all_stream_times(connection)
        self._times = {number: known.get(number, 0) for number in range(await partitions(connection))}
        self._open = await telemetry.open_incidents(connection)
        newest = max(self._times.values(), default=0)
        for one in await telemetry.ended_incidents(connection, moment_of(max(0, newest - KEPT_FINE))):
            self._miss(one)

    def heed(self, card: Scorecard) -> None:
        """A scorecard was published: from now on be in time for its silence rules, whatever was wished for."""
        self._guard.quickest = quickest_for(self._wished, card.shortest_silence())

    async def look(
        self, connection: AsyncConnection, counted: Mapping[Bucket, int], times: Mapping[int, Instant], at: datetime
    ) -> None:
        """Take in what was counted, and look whether anything fell or is back. `at` is the wall clock's."""
        for (source, event_name, opens), events in counted.items():
            self._guard.add(source, event_name, opens, events)
        self._times.update(times)
        now = min(self._times.values(), default=0)  # up to here everything has been read
        if not self._is_on or now - self._looked_at < FINE:
            return
        self._looked_at = now
        await self._end(connection, now, at)
        await self._find(connection, now, at)
        if now - self._trimmed_at >= _TRIM_EVERY:
            self._trimmed_at = now
            self._guard.trim(now)
            await telemetry.trim(connection, now)

    def show(self) -> None:
        """Say how many incidents are open."""
        INCIDENTS.set(len(self._open))

    async def _find(self, connection: AsyncConnection, now: Instant, at: datetime) -> None:
        known = [(one.source, one.event_name) for one in self._open]
        for fall in self._guard.falls(now, known):
            incident = _incident(fall, now)
            logger.warning("the tracking fell", extra={"source": fall.source, "event_name": fall.event_name})
            await telemetry.add_incident(connection, incident)
            self._open.append(incident)
            await self._tell(connection, incident, at)

    async def _end(self, connection: AsyncConnection, now: Instant, at: datetime) -> None:
        for one in list(self._open):
            if self._guard.is_back(one.source, one.event_name, one.rate, now):
                ended = one._replace(ended_at=moment_of(now))
                self._miss(ended)
                await telemetry.end_incident(connection, one.incident_id, moment_of(now))
                self._open.remove(one)
                await self._tell(connection, ended, at)

    def _miss(self, ended: Incident) -> None:
        if ended.ended_at is not None:
            self._guard.miss(ended.source, ended.event_name, instant_of(ended.since), instant_of(ended.ended_at))

    async def _tell(self, connection: AsyncConnection, incident: Incident, at: datetime) -> None:
        said = told(incident)
        kind = type_of(said)
        endpoints = await live_webhooks(connection)
        person = (await people.all_recipients(connection)).by_name.get(FALLBACK)
        outgoing = [Outgoing(ALERTS.name, Channel.TOPIC.value)]
        outgoing += [
            Outgoing(one.webhook_id, Channel.WEBHOOK.value) for one in endpoints if not one.types or kind in one.types
        ]
        outgoing += [Outgoing(lane, channel) for channel, lane in (person.lanes if person else [])]
        if incident.event_name is None:
            outgoing.append(Outgoing(ACTIVITY.name, Channel.LOG.value, encode(verdict(incident))))
        message_id = f"msg_{sha256(f'{incident.incident_id} {kind}'.encode()).hexdigest()[:24]}"
        await outbox.begin_sealed(connection, message_id, encode(said), outgoing, at)


def _incident(fall: Fall, now: Instant) -> Incident:
    name = f"{fall.source} {fall.event_name} {fall.since}"
    return Incident(
        incident_id=f"in_{sha256(name.encode()).hexdigest()[:16]}",
        source=fall.source,
        event_name=fall.event_name,
        since=moment_of(fall.since),
        found_at=moment_of(now),
        ended_at=None,
        expected=fall.expected,
        observed=fall.observed,
        rate=fall.rate,
    )


def verdict(incident: Incident) -> Telemetry:
    """What scoring reads: that a source (or everything) is missing since then, or is back."""
    return Telemetry(
        status=Verdict.CLOSED if incident.ended_at else Verdict.OPENED,
        source=incident.source,
        since=incident.since,
        at=incident.ended_at or incident.found_at,
    )


def told(incident: Incident) -> IncidentMessage:
    """The message about an incident: that it began, or that it is over."""
    made = IncidentClosed if incident.ended_at else IncidentOpened
    return made(
        timestamp=incident.ended_at or incident.found_at,
        data=IncidentData(
            id=incident.incident_id,
            source=incident.source,
            event_name=incident.event_name,
            since=incident.since,
            found_at=incident.found_at,
            ended_at=incident.ended_at,
            expected=incident.expected,
            observed=incident.observed,
            sentence=sentence(incident),
        ),
    )


def sentence(incident: Incident) -> Sentence:
    """What fell and since when, or that it is back, in one sentence."""
    since = f"{incident.since:%Y-%m-%d %H:%M:%S} UTC"
    if incident.source is None:
        en, ja = "All events", "すべてのイベント"
    elif incident.event_name is None:
        en, ja = f"Events of the source “{incident.source}”", f"ソース「{incident.source}」のイベント"
    else:
        en = f"The event “{incident.event_name}” of the source “{incident.source}”"
        ja = f"ソース「{incident.source}」のイベント「{incident.event_name}」"
    if incident.ended_at is not None:
        return Sentence(
            en=f"{en} arrive again; they had been missing since {since}.",
            ja=f"{ja}が再び届くようになりました（{since} から途絶えていました）。",
        )
    counts = f"{incident.observed:,} / {incident.expected:,.0f}"
    return Sentence(
        en=f"{en} have all but stopped arriving since {since} ({counts} of what was to be expected). "
        "That is the tracking, not the customers: alerts that rest on activity are held until it is over.",
        ja=f"{ja}が {since} からほぼ届いていません（{counts}）。顧客ではなく計測の異常と考えられるため、"
        "利用状況に基づくアラートを復旧まで保留しています。",
    )
