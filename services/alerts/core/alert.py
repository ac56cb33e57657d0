"""An alert between two things that happen to it. `hear`, `act` and `wake` make the next one of it."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from schemas.alerts import ACTIVE, AlertOutcome, AlertStatus, Spoke
from schemas.conditions import Condition, Severity, Status
from schemas.time import Instant

RANK: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Quiet(StrEnum):
    """What keeps an alert from being told."""

    MUTED = "muted"  # somebody muted the account
    SNOOZED = "snoozed"  # somebody will look at it later
    HELD = "held"  # the tracking broke: it may not be true
    COOLDOWN = "cooldown"  # it ended a short while ago, and is no worse than it was


class StepKind(StrEnum):
    """What happened to an alert: a line of its audit trail."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    EASED = "eased"
    CLOSED = "closed"
    RETRACTED = "retracted"  # held, and gone before anybody heard of it
    COOLING = "cooling"  # began again within the cooldown, no worse: nobody is told
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    CONTACTED = "contacted"
    RESOLVED = "resolved"
    SNOOZED = "snoozed"
    WOKEN = "woken"  # somebody ended a snooze
    EXPIRED = "expired"  # a snooze ended by itself
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the audit trail. `by` is a person, or "kizashi"; `quiet` says what kept it from being told."""

    kind: StepKind
    at: Instant
    by: str
    detail: str | None = None
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Worst:
    """How bad it has been: what "worse" is measured against."""

    severity: Severity
    value: float | None

    def is_exceeded_by(self, condition: Condition) -> bool:
        """Whether a condition is worse: more severe, or as severe with a higher value."""
        if condition.severity is not self.severity:
            return RANK[condition.severity] > RANK[self.severity]
        return condition.value is not None and (self.value is None or condition.value > self.value)

    def with_(self, condition: Condition) -> "Worst":
        """The worse of the two."""
        return Worst(condition.severity, condition.value) if self.is_exceeded_by(condition) else self


@dataclass(frozen=True, slots=True)
class Snooze:
    """Quiet until an instant, or until it gets worse, or whichever of both comes first."""

    until: Instant | None
    until_worse: bool
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One account and one rule, from the first opening until it ended and its cooldown is over.

    `condition` is the newest one heard. `ended_at` is set while it is resolved or closed. `is_told`: somebody was told
    since it was last opened. `incident` is the one that holds it back.
    """

    id: str
    condition: Condition
    status: AlertStatus
    opened_at: Instant
    changed_at: Instant
    worst: Worst
    ended_at: Instant | None = None
    is_told: bool = False
    incident: str | None = None
    assignee: str | None = None
    snooze: Snooze | None = None
    outcome: AlertOutcome | None = None
    outcome_reason: str | None = None

    @property
    def holds(self) -> bool:
        """Whether its condition does."""
        return self.condition.status is not Status.CLOSED

    @property
    def is_active(self) -> bool:
        """Whether there is work to do on it."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class Next:
    """What an alert becomes, the lines of its audit trail, and whether anybody is told now."""

    alert: Alert
    steps: tuple[Step, ...]
    speak: Spoke | None = None


def alert_id(condition: Condition) -> str:
    """The id of the alert that a condition opens: short enough to type, and always the same."""
    return f"al_{sha256(condition.id.encode()).hexdigest()[:16]}"
