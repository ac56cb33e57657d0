"""What people do with alerts. Each act is attributed, and most can be taken back."""

from dataclasses import dataclass, replace
from typing import assert_never

from schemas.alerts import AlertOutcome, AlertStatus
from schemas.time import Instant
from services.alerts.core.alert import Alert, Next, Snooze, Step, StepKind


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done now; `why` says so in a sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody spoke with the account."""

    how: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody says what it was."""

    outcome: AlertOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Somebody wants to hear of it later: at an instant, or when it is worse."""

    until: Instant | None
    until_worse: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Wake:
    """Somebody takes a snooze back."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Somebody takes an acknowledgement, a contact or a verdict back."""


@dataclass(frozen=True, slots=True)
class Assign:
    """Somebody gives it to somebody, or (None) to nobody in particular."""

    to: str | None


Act = Acknowledge | Reach | Resolve | Put | Wake | Reopen | Assign


def act(alert: Alert, doing: Act, by: str, at: Instant) -> Next | Refused:
    """The alert after what somebody did. Doing again what is done already changes nothing, and leaves no step."""
    after: Next | Refused
    match doing:
        case Acknowledge():
            after = _move(alert, AlertStatus.ACKNOWLEDGED, (AlertStatus.OPEN,), Step(StepKind.ACKNOWLEDGED, at, by))
        case Reach(how):
            states = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
            after = _move(alert, AlertStatus.CONTACTED, states, Step(StepKind.CONTACTED, at, by, how))
        case Resolve():
            after = _resolve(alert, doing, by, at)
        case Put():
            after = _snooze(alert, doing, by, at)
        case Wake():
            after = _wake(alert, by, at)
        case Reopen():
            after = _reopen(alert, by, at)
        case Assign(to):
            after = _assign(alert, to, by, at)
        case _:
            assert_never(doing)
    return after


def _move(alert: Alert, to: AlertStatus, from_: tuple[AlertStatus, ...], step: Step) -> Next | Refused:
    if alert.status is to:
        return Next(alert, ())
    if alert.status in from_:
        return Next(replace(alert, status=to, changed_at=step.at), (step,))
    if alert.is_active:  # further along already
        return Next(alert, (step,))
    return Refused(f"it is {alert.status} already: reopen it first, if it is still of interest")


def _resolve(alert: Alert, doing: Resolve, by: str, at: Instant) -> Next:
    resolved = replace(
        alert,
        status=AlertStatus.RESOLVED,
        outcome=doing.outcome,
        outcome_reason=doing.reason,
        ended_at=at if alert.ended_at is None else alert.ended_at,
        changed_at=at,
        snooze=None,
    )
    if (alert.status, alert.outcome, alert.outcome_reason) == (AlertStatus.RESOLVED, doing.outcome, doing.reason):
        return Next(alert, ())
    said = doing.outcome.value if doing.reason is None else f"{doing.outcome.value}: {doing.reason}"
    return Next(resolved, (Step(StepKind.RESOLVED, at, by, said),))


def _snooze(alert: Alert, doing: Put, by: str, at: Instant) -> Next | Refused:
    if not alert.is_active:
        return Refused(f"it is {alert.status}: there is nothing to snooze")
    if doing.until is not None and doing.until <= at:
        return Refused("the end of the snooze has passed already")
    if doing.until is None and not doing.until_worse:
        return Refused("say until when, or until it is worse")
    snooze = Snooze(doing.until, doing.until_worse, doing.reason, by)
    return Next(replace(alert, snooze=snooze, changed_at=at), (Step(StepKind.SNOOZED, at, by, doing.reason),))


def _wake(alert: Alert, by: str, at: Instant) -> Next:
    if alert.snooze is None:
        return Next(alert, ())
    return Next(replace(alert, snooze=None, changed_at=at), (Step(StepKind.WOKEN, at, by),))


def _assign(alert: Alert, to: str | None, by: str, at: Instant) -> Next:
    if alert.assignee == to:
        return Next(alert, ())
    return Next(replace(alert, assignee=to, changed_at=at), (Step(StepKind.ASSIGNED, at, by, to),))


def _reopen(alert: Alert, by: str, at: Instant) -> Next | Refused:
    if alert.status is AlertStatus.OPEN:
        return Next(alert, ())
    if not alert.holds:
        if alert.status is AlertStatus.RESOLVED:  # the verdict is taken back, the condition stays gone
            closed = replace(alert, status=AlertStatus.CLOSED, outcome=None, outcome_reason=None, changed_at=at)
            return Next(closed, (Step(StepKind.REOPENED, at, by),))
        return Refused("its condition no longer holds: it opens by itself should that come back")
    opened = replace(
        alert,
        status=AlertStatus.OPEN,
        outcome=None,
        outcome_reason=None,
        ended_at=None,
        is_told=True,  # whoever reopens it knows
        changed_at=at,
    )
    return Next(opened, (Step(StepKind.REOPENED, at, by),))
