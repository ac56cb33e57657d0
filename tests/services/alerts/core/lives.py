"""Conditions and alerts as tests of the core need them: one account, one rule, days since a Sunday's midnight."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from schemas.changes import Cause, CauseKind, Facts, State
from schemas.conditions import Closing, Condition, Notify, RuleKind, Severity, Status
from schemas.time import DAY, Instant, instant_of
from services.alerts.core.alert import Alert, Next, Step
from services.alerts.core.hear import Around, hear

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
AROUND = Around(cooldown=30 * DAY)


def at(day: float) -> Instant:
    return instant_of(MIDNIGHT + timedelta(days=day))


def condition(status: Status = Status.OPENED, day: float = 0, **more: Any) -> Condition:
    """A silence of five days, found after `day` days."""
    moment = MIDNIGHT + timedelta(days=day)
    usual = Condition(
        id=f"log:0:{int(day * 1000)}:acme:0:quiet",
        account_id="acme",
        rule="quiet",
        kind=RuleKind.SILENCE,
        status=Status.OPENED,
        severity=Severity.WARNING,
        since=moment,
        at=moment,
        known_at=moment,
        cause=Cause(kind=CauseKind.TICK, partition=0, offset=int(day * 1000)),
        value=5.0,
        threshold=5.0,
        score=61.5,
        state=State.AT_RISK,
        reason=None,
        contributions=(),
        playbook="Call them.",
        notify=(Notify.OWNER,),
        facts=Facts(name="Acme KK", owner="sato", arr_cents=1_200_000),
        first_event_at=MIDNIGHT - timedelta(days=90),
        last_event_at=MIDNIGHT - timedelta(days=5),
        silence_deadline=MIDNIGHT,
        scorecard="3-0f343b09",
        engine=1,
    )
    closing = Closing.RECOVERED if status is Status.CLOSED else None
    return replace(usual, status=status, **{"closing": closing, **more})


class Life:
    """An alert as conditions are heard one after another; what was said and noted stays."""

    def __init__(self, around: Around = AROUND) -> None:
        self.around = around
        self.alert: Alert | None = None
        self.spoken: list[str] = []
        self.steps: list[Step] = []
        self.ids: set[str] = set()

    def hear(self, *conditions: Condition) -> "Life":
        for one in conditions:
            self.take(hear(self.alert, one, self.around))
        return self

    def take(self, found: Next | None) -> "Life":
        if found is not None:
            self.alert = found.alert
            self.ids.add(found.alert.id)
            self.steps += found.steps
            self.spoken += [found.speak.value] if found.speak else []
        return self

    @property
    def now(self) -> Alert:
        assert self.alert is not None
        return self.alert
