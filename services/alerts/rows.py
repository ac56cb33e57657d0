"""An alert as a row of PostgreSQL, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.alerts import AlertOutcome, AlertStatus
from schemas.codec import decode_condition, encode
from schemas.conditions import Severity
from schemas.time import Instant, instant_of, moment_of
from services.alerts.core.alert import Alert, Snooze, Worst
from services.alerts.core.wake import due


def as_row(alert: Alert, cooldown: Instant) -> dict[str, Any]:
    """The columns of the table `alerts`."""
    condition, snooze = alert.condition, alert.snooze
    return {
        "alert_id": alert.id,
        "account_id": condition.account_id,
        "rule": condition.rule,
        "is_current": True,
        "status": alert.status.value,
        "severity": condition.severity.value,
        "holds": alert.holds,
        "opened_at": moment_of(alert.opened_at),
        "changed_at": moment_of(alert.changed_at),
        "ended_at": _moment(alert.ended_at),
        "is_told": alert.is_told,
        "worst_severity": alert.worst.severity.value,
        "worst_value": alert.worst.value,
        "incident_id": alert.incident,
        "assignee": alert.assignee,
        "snoozed_until": _moment(snooze.until) if snooze else None,
        "snoozed_until_worse": snooze.until_worse if snooze else None,
        "snooze_reason": snooze.reason if snooze else None,
        "snoozed_by": snooze.by if snooze else None,
        "outcome": alert.outcome and alert.outcome.value,
        "outcome_reason": alert.outcome_reason,
        "due_at": _moment(due(alert, cooldown)),
        "owner": condition.facts.owner,
        "segment": condition.facts.segment,
        "arr_cents": condition.facts.arr_cents,
        "condition": encode(condition),
    }


def as_alert(row: Mapping[str, Any]) -> Alert:
    """The alert that a row holds."""
    return Alert(
        id=row["alert_id"],
        condition=decode_condition(row["condition"]),
        status=AlertStatus(row["status"]),
        opened_at=instant_of(row["opened_at"]),
        changed_at=instant_of(row["changed_at"]),
        worst=Worst(Severity(row["worst_severity"]), row["worst_value"]),
        ended_at=_instant(row["ended_at"]),
        is_told=row["is_told"],
        incident=row["incident_id"],
        assignee=row["assignee"],
        snooze=None
        if row["snoozed_until_worse"] is None
        else Snooze(
            _instant(row["snoozed_until"]), row["snoozed_until_worse"], row["snooze_reason"], row["snoozed_by"]
        ),
        outcome=None if row["outcome"] is None else AlertOutcome(row["outcome"]),
        outcome_reason=row["outcome_reason"],
    )


def _moment(instant: Instant | None) -> datetime | None:
    return None if instant is None else moment_of(instant)


def _instant(moment: datetime | None) -> Instant | None:
    return None if moment is None else instant_of(moment)
