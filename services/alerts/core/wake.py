"""What time alone does to an alert: a snooze runs out, a cooldown is over, an incident or a mute ends.

Whatever kept it quiet, afterwards it speaks only if it is still bad.
"""

from dataclasses import replace
from typing import Final

from schemas.alerts import AlertStatus, Spoke
from schemas.time import SECOND, Instant
from services.alerts.core.alert import Alert, Next, Step, StepKind
from services.alerts.core.hear import SYSTEM, Around, quiet_for

# Scoring learns of an incident's end from the log, looks again at once at whom it had made unknown, and closes what
# was never true: that must be heard before the rest is told.
AFTERMATH: Final = 10 * SECOND


def due(alert: Alert, cooldown: Instant) -> Instant | None:
    """The next instant at which `wake` has to look at it though nothing happens; None if never."""
    if alert.is_active:
        return alert.snooze.until if alert.snooze is not None else None
    if alert.status is AlertStatus.CLOSED and alert.holds and alert.ended_at is not None:
        return alert.ended_at + cooldown
    return None


def wake(alert: Alert, now: Instant, around: Around) -> Next | None:
    """The alert at `now`; None where nothing is due."""
    at = due(alert, around.cooldown)
    if at is not None and at <= now:
        return _expire(alert, now, around) if alert.is_active else _open_again(alert, now, around)
    if alert.is_active and alert.holds and not alert.is_told and quiet_for(alert, around) is None:
        return _speak(alert, now, (), Spoke.OPENED)  # what kept it quiet is over
    return None


def _expire(alert: Alert, now: Instant, around: Around) -> Next:
    awake = replace(alert, snooze=None, changed_at=now)
    quiet = quiet_for(awake, around)
    steps = (Step(StepKind.EXPIRED, now, SYSTEM, quiet=quiet),)
    if quiet is not None:
        return Next(replace(awake, is_told=False), steps)
    return _speak(awake, now, steps, Spoke.RETURNED)


def _open_again(alert: Alert, now: Instant, around: Around) -> Next:
    """The cooldown is over, and it still holds."""
    again = replace(alert, status=AlertStatus.OPEN, opened_at=now, ended_at=None, is_told=False, outcome=None)
    quiet = quiet_for(again, around)
    step = Step(StepKind.REOPENED, now, SYSTEM, quiet=quiet)
    if quiet is not None:
        return Next(replace(again, changed_at=now), (step,))
    return Next(replace(again, changed_at=now, is_told=True), (step,), Spoke.OPENED)


def _speak(alert: Alert, now: Instant, steps: tuple[Step, ...], spoke: Spoke) -> Next:
    told = replace(alert, is_told=True, incident=None, changed_at=now)
    return Next(told, (*steps, Step(StepKind.RETURNED, now, SYSTEM)), spoke)
