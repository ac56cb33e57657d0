"""The alerts that the demo shows: those raised while it runs, as they are, and what of them reached the receiver."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from schemas.alerts import ACTIVE, Alert, AlertMessage, AlertStatus, Message, Spoke
from schemas.conditions import RuleKind
from schemas.time import Instant, instant_of

SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert, when the receiver had it, and when the receiver had heard that it is over."""

    alert: Alert
    delivered_at: Instant | None = None
    closed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A silence that is about to be news: whose, and when an alert comes of it."""

    name: str
    at: Instant


class Alarms:
    """Remembers them. What was raised before `since`, and what imported history raised, is not the demo's."""

    def __init__(self, since: Instant) -> None:
        self._since = since
        self._alarms: dict[str, Alarm] = {}

    def read(self, alerts: Iterable[Alert]) -> None:
        """Alerts as the API has them now."""
        for alert in alerts:
            if self._is_ours(alert):
                known = self._alarms.get(alert.id)
                self._alarms[alert.id] = Alarm(alert) if known is None else replace(known, alert=alert)

    def hear(self, message: Message, now: Instant) -> None:
        """A message that the receiver took."""
        told = message.data.alerts if isinstance(message, AlertMessage) else ()
        for one in [one for one in told if self._is_ours(one.alert)]:
            alarm = self._alarms.get(one.alert.id, Alarm(one.alert))
            if one.told is Spoke.CLOSED:
                alarm = replace(alarm, alert=one.alert, closed_at=now)
            elif alarm.delivered_at is None:
                alarm = replace(alarm, delivered_at=now)
            self._alarms[one.alert.id] = alarm

    def _is_ours(self, alert: Alert) -> bool:
        """Whether it was raised meanwhile. What closes without having been seen open came of imported history."""
        is_news = not alert.is_backfill and alert.status is not AlertStatus.CLOSED
        return alert.id in self._alarms or (is_news and instant_of(alert.opened_at) >= self._since)

    @property
    def shown(self) -> tuple[Alarm, ...]:
        """Those on the screen: silences first, then what there is work on, then the newest."""
        ranked = sorted(self._alarms.values(), key=_rank)
        return tuple(ranked[:SHOWN])


def _rank(alarm: Alarm) -> tuple[bool, bool, float]:
    alert = alarm.alert
    return alert.kind is not RuleKind.SILENCE, alert.status not in ACTIVE, -alert.opened_at.timestamp()
