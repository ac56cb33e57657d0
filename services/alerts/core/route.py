"""Who hears of an alert, and when: at once, or in the daily digest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from schemas.alerts import Spoke
from schemas.changes import Facts
from schemas.conditions import Notify, Severity
from schemas.time import Instant
from services.alerts.core.alert import Alert
from services.alerts.core.calendar import Calendar

FALLBACK: Final = "default"  # the recipient of what would reach nobody


class When(StrEnum):
    """How soon somebody hears of it."""

    AT_ONCE = "at_once"
    IN_DIGEST = "in_digest"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, a team or a queue, and whom they work with."""

    name: str
    calendar: Calendar
    secondary: str | None = None
    team: str | None = None


def when(alert: Alert, spoke: Spoke, calendar: Calendar, now: Instant) -> When:
    """How soon. What is critical comes at once at any hour, a warning in working hours; the rest, and history, waits.

    That an alert has closed is told to machines; people see it gone.
    """
    if spoke is Spoke.CLOSED:
        return When.NEVER
    if alert.condition.is_backfill:
        return When.IN_DIGEST
    match alert.condition.severity:
        case Severity.CRITICAL:
            return When.AT_ONCE
        case Severity.WARNING:
            return When.AT_ONCE if calendar.is_working(now) else When.IN_DIGEST
        case Severity.INFO:
            return When.IN_DIGEST
    assert_never(alert.condition.severity)


def who(alert: Alert, known: Mapping[str, Recipient]) -> list[str]:
    """The names of those who hear of it, each once, the most concerned first.

    An assignee takes the owner's place. Where the rule's words reach nobody who is known, the fallback hears of it.
    """
    facts = alert.condition.facts
    owner = known.get(alert.assignee or facts.owner or "")
    found = [_named(notify, owner, facts) for notify in alert.condition.notify]
    names = [name for name in dict.fromkeys(found) if name in known]
    return [name for name in names if name is not None] or [name for name in (FALLBACK,) if name in known]


def _named(notify: Notify, owner: Recipient | None, facts: Facts) -> str | None:
    match notify:
        case Notify.OWNER:
            return owner.name if owner else None
        case Notify.SECONDARY:
            return owner.secondary if owner else None
        case Notify.TEAM:
            return owner.team if owner else None
        case Notify.SEGMENT:
            return f"segment:{facts.segment}" if facts.segment else None
    assert_never(notify)


def by_revenue_at_risk(alerts: Iterable[Alert]) -> list[Alert]:
    """Alerts as a digest ranks them: by revenue times risk, the most first; then by risk; then by account."""
    return sorted(
        alerts, key=lambda alert: (-_at_risk(alert), -(alert.condition.score or 0), alert.condition.account_id)
    )


def _at_risk(alert: Alert) -> float:
    return (alert.condition.facts.arr_cents or 0) * (alert.condition.score or 0)
