"""What a condition does to the alert of its account and rule."""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from schemas.alerts import AlertStatus, Spoke
from schemas.conditions import Condition, RuleKind, Status
from schemas.time import Instant, instant_of
from services.alerts.core.alert import Alert, Next, Quiet, Step, StepKind, Worst, alert_id

SYSTEM: Final = "kizashi"

# What rests on activity, and so is not to be believed while activity does not arrive.
_OF_ACTIVITY: Final = frozenset(set(RuleKind) - {RuleKind.MOMENT, RuleKind.NO_CONTACT})


@dataclass(frozen=True, slots=True)
class Around:
    """What else decides: the cooldown, whether the account is muted, and the incident that is open over it."""

    cooldown: Instant
    is_muted: bool = False
    incident: str | None = None


def hear(alert: Alert | None, condition: Condition, around: Around) -> Next | None:
    """The alert after a condition; None where there is nothing to make one of.

    `alert` is the newest of the account and rule, if there ever was one. Once it has ended it is opened again only
    when it is worse than it ever was, or when the cooldown is over: then as a new alert, with an id of its own.
    """
    match condition.status:
        case Status.OPENED | Status.WORSENED:
            if alert is None:
                return _open(condition, around)
            if alert.is_active:
                return _update(alert, condition, around)
            return _begin_again(alert, condition, around)
        case Status.EASED:
            if alert is None:
                return None
            eased = replace(alert, condition=condition, changed_at=instant_of(condition.at))
            return Next(eased, (Step(StepKind.EASED, eased.changed_at, SYSTEM),) if alert.is_active else ())
        case Status.CLOSED:
            return None if alert is None else _close(alert, condition)
    assert_never(condition.status)


def _open(condition: Condition, around: Around) -> Next:
    at = instant_of(condition.at)
    opened = Alert(
        id=alert_id(condition),
        condition=condition,
        status=AlertStatus.OPEN,
        opened_at=at,
        changed_at=at,
        worst=Worst(condition.severity, condition.value),
    )
    return _told(opened, StepKind.OPENED, Spoke.OPENED, around)


def _update(alert: Alert, condition: Condition, around: Around) -> Next:
    """It is open, and got worse; or was opened again by a scoring that had forgotten that it was."""
    at = instant_of(condition.at)
    is_worse = alert.worst.is_exceeded_by(condition)
    updated = replace(alert, condition=condition, changed_at=at, worst=alert.worst.with_(condition))
    if not is_worse:
        return Next(updated, ())
    if alert.snooze is not None and alert.snooze.until_worse:
        updated = replace(updated, snooze=None)
    return _told(updated, StepKind.WORSENED, Spoke.WORSENED, around)


def _begin_again(alert: Alert, condition: Condition, around: Around) -> Next:
    at = instant_of(condition.at)
    ended_at = alert.changed_at if alert.ended_at is None else alert.ended_at
    if condition.status is Status.OPENED and at - ended_at >= around.cooldown:
        return _open(condition, around)
    if alert.worst.is_exceeded_by(condition):
        return _reopened(alert, condition, at, around)
    cooling = replace(alert, condition=condition, changed_at=at)
    if condition.status is Status.WORSENED:
        return Next(cooling, ())
    return Next(cooling, (Step(StepKind.COOLING, at, SYSTEM, quiet=Quiet.COOLDOWN),))


def _reopened(alert: Alert, condition: Condition, at: Instant, around: Around) -> Next:
    again = replace(
        alert,
        condition=condition,
        status=AlertStatus.OPEN,
        opened_at=at,
        changed_at=at,
        ended_at=None,
        is_told=False,
        snooze=None,
        outcome=None,
        outcome_reason=None,
        worst=alert.worst.with_(condition),
    )
    return _told(again, StepKind.REOPENED, Spoke.OPENED, around)


def _close(alert: Alert, condition: Condition) -> Next:
    at = instant_of(condition.at)
    ended = replace(alert, condition=condition, changed_at=at, snooze=None, incident=None)
    if not alert.is_active:  # a verdict's cooldown begins once what it was about is over
        return Next(replace(ended, ended_at=at) if alert.status is AlertStatus.RESOLVED else ended, ())
    closed = replace(ended, status=AlertStatus.CLOSED, ended_at=at)
    if alert.incident is not None and not alert.is_told:
        return Next(closed, (Step(StepKind.RETRACTED, at, SYSTEM, quiet=Quiet.HELD),))
    detail = condition.closing.value if condition.closing else None
    step = Step(StepKind.CLOSED, at, SYSTEM, detail)
    return Next(closed, (step,), Spoke.CLOSED if alert.is_told else None)


def _told(alert: Alert, kind: StepKind, spoke: Spoke, around: Around) -> Next:
    """Tell it, unless something keeps it quiet; the step says what."""
    quiet = quiet_for(alert, around)
    if quiet is Quiet.HELD:
        alert = replace(alert, incident=around.incident)
    step = Step(kind, alert.changed_at, SYSTEM, quiet=quiet)
    if quiet is not None:
        return Next(alert, (step,))
    return Next(replace(alert, is_told=True, incident=None), (step,), spoke)


def quiet_for(alert: Alert, around: Around) -> Quiet | None:
    """What keeps an alert from being told now, if anything does."""
    if around.is_muted:
        return Quiet.MUTED
    if alert.snooze is not None:
        return Quiet.SNOOZED
    if around.incident is not None and alert.condition.kind in _OF_ACTIVITY:
        return Quiet.HELD
    return None
