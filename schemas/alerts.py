"""The records of `alerts.v1` and the bodies of webhooks: an alert as it lives, told to machines.

An alert is what a person works on: one for each account and rule at a time, updated in place. Deliveries of one
message carry one `webhook-id` for ever, so that a receiver can drop what comes twice.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.changes import SCALE, Facts, Moment, State, UnknownReason
from schemas.conditions import RuleKind, Severity
from schemas.sentences import Sentence

MOST_PLAYBOOK = 4_000  # characters of a playbook in a message: a webhook's body stays under 20 kB


class AlertStatus(StrEnum):
    """Where the work on an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # somebody has it
    CONTACTED = "contacted"  # somebody of ours spoke with the account since
    RESOLVED = "resolved"  # somebody said what it was: an outcome
    CLOSED = "closed"  # the condition ended by itself


ACTIVE = frozenset({AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, AlertStatus.CONTACTED})


class AlertOutcome(StrEnum):
    """What an alert turned out to be. The share of true ones is its rule's measured precision."""

    TRUE = "true"  # the account was at risk
    FALSE = "false"  # it was not
    KNOWN = "known"  # it looked like it, for a reason that was known: a holiday, a migration


class Spoke(StrEnum):
    """Why a message is sent."""

    OPENED = "opened"
    WORSENED = "worsened"
    RETURNED = "returned"  # a snooze, a mute or a hold is over, and it is still bad
    CLOSED = "closed"


class Reason(Struct, frozen=True, kw_only=True):
    """A contribution in a sentence."""

    signal: str
    points: float
    sentence: Sentence


class Alert(Struct, frozen=True, kw_only=True):
    """An alert at an instant. `holds`: its condition does; `value` and `threshold` are in the unit of its kind."""

    id: str
    account_id: str
    rule: str
    kind: RuleKind
    about: str | None
    status: AlertStatus
    severity: Severity
    holds: bool
    since: Moment
    opened_at: Moment
    changed_at: Moment
    value: float | None
    threshold: float | None
    score: float | None
    state: State
    reason: UnknownReason | None
    title: Sentence
    reasons: tuple[Reason, ...]
    playbook: Annotated[str, Meta(max_length=MOST_PLAYBOOK)]
    assignee: str | None
    snoozed_until: datetime | None
    outcome: AlertOutcome | None
    outcome_reason: str | None
    facts: Facts
    is_backfill: bool
    scorecard: str
    scale: Literal["risk, 0 to 100, high is bad"] = SCALE


class ToldAlert(Struct, frozen=True, kw_only=True):
    """An alert, and why it is told."""

    told: Spoke
    alert: Alert


class MessageData(Struct, frozen=True, kw_only=True):
    """What came together for one account: one message, however many rules."""

    account_id: str
    account_name: str | None
    url: str
    alerts: tuple[ToldAlert, ...]


class AlertMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every message about alerts has in common: the field `type` says which it is."""

    timestamp: Moment
    data: MessageData


class AlertOpened(AlertMessage, frozen=True, tag="alert.opened"):
    """Something began, or began again."""


class AlertWorsened(AlertMessage, frozen=True, tag="alert.worsened"):
    """It is worse than it has been so far."""


class AlertReturned(AlertMessage, frozen=True, tag="alert.returned"):
    """What kept it quiet is over, and it is still bad."""


class AlertClosed(AlertMessage, frozen=True, tag="alert.closed"):
    """It ended by itself."""


class IncidentData(Struct, frozen=True, kw_only=True):
    """What fell: a source, one kind of event of it, or (neither) everything; since when, and from what to what."""

    id: str
    source: str | None
    event_name: str | None
    since: Moment
    found_at: Moment
    ended_at: datetime | None
    expected: float
    observed: int
    sentence: Sentence


class IncidentMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What both messages about an incident have in common: one message, instead of one for each account."""

    timestamp: Moment
    data: IncidentData


class IncidentOpened(IncidentMessage, frozen=True, tag="incident.opened"):
    """The tracking broke."""


class IncidentClosed(IncidentMessage, frozen=True, tag="incident.closed"):
    """It works again."""


class DigestData(Struct, frozen=True, kw_only=True):
    """What waited for somebody's digest and is still true, ranked by revenue at risk."""

    recipient: str
    day: date
    url: str
    alerts: tuple[ToldAlert, ...]


class Digest(Struct, frozen=True, kw_only=True, tag_field="type", tag="digest"):
    """The one digest of a working day. To people only."""

    timestamp: Moment
    data: DigestData


Message = AlertOpened | AlertWorsened | AlertReturned | AlertClosed | IncidentOpened | IncidentClosed
"""A record of `alerts.v1` (keyed by account; an incident has no key), and the body of a webhook (Standard Webhooks)."""
