"""The records of `alert-conditions.v1`: an alert rule began to hold for an account, got worse or better, or ended.

Scoring writes them, keyed by account and so ordered for each; services/alerts makes alerts of them. Of one (account,
rule) the records go opened, then any number of worsened and eased, then closed; then perhaps opened again. `opened`
comes once the rule's dwell is over, and `since` says when it began to hold: before `at`, and in history long before.

What the fleet guard of services/alerts says goes the other way, as a record `telemetry` of `activity.v1`, written to
every partition: `status` (opened or closed), `source` (the source's stable name; null where all fell together),
`since` (when it fell) and `at` (when that was found). While one is open for a source, scoring lets neither silence nor
a fall of activity open a condition for accounts heard of by that source, and their state may be unknown.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.changes import SCALE, Cause, Contribution, Facts, Moment, State, UnknownReason

MOST_CONTRIBUTIONS = 5  # told with a condition, the largest first; the change of the same instant has them all

AccountId = Annotated[str, Meta(min_length=1, max_length=255)]
RuleName = Annotated[str, Meta(min_length=1, max_length=255)]
Markdown = Annotated[str, Meta(max_length=20_000)]


class RuleKind(StrEnum):
    """What a rule looks at, and what its conditions' `value` is. A higher value is worse."""

    LEVEL = "level"  # the score is at or above a threshold: the score
    DROP = "drop"  # things got worse by so many points within so many days: by how many points the risk rose
    BAND = "band"  # the account came into a band: 1 watch, 2 at_risk
    MOMENT = "moment"  # an event of a certain name: how often, within the rule's days
    SILENCE = "silence"  # nothing came past the account's own silence deadline: days since its last event
    VALUE_POINT_MISSED = "value_point_missed"  # not reached by its deadline: days past it
    CHAMPION_GONE = "champion_gone"  # who used it most no longer does: days since they were last seen
    RENEWAL_NEAR = "renewal_near"  # the renewal comes while the account is at risk: the score
    NO_CONTACT = "no_contact"  # nobody of ours spoke with it for days while at risk: days since anybody did


class Status(StrEnum):
    """What happened to a condition."""

    OPENED = "opened"  # it holds, and has for as long as the rule wants
    WORSENED = "worsened"  # its value or its severity rose by as much as the rule takes for news
    EASED = "eased"  # it holds still, but less
    CLOSED = "closed"  # it no longer holds, hysteresis included


class Closing(StrEnum):
    """Why a condition was closed."""

    RECOVERED = "recovered"  # what the rule looks at is well again
    UNKNOWN = "unknown"  # the account's state became unknown, so that nobody can say (`reason` says why)
    RULE_GONE = "rule_gone"  # the scorecard in force has no such rule any more
    MUTED = "muted"  # somebody muted the account


class Severity(StrEnum):
    """How soon somebody should know: at once, in the working day, or in the digest."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Notify(StrEnum):
    """Who gets an alert. Who that is for an account, services/alerts knows."""

    OWNER = "owner"
    SECONDARY = "secondary"
    TEAM = "team"
    SEGMENT = "segment"  # the queue of the account's segment


class Condition(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule and an account, at the instant something happened between them.

    `id` names the causing record, the account, the ordinal among what that record caused, and the rule:
    `<log id>:<partition>:<offset>:<account id>:<ordinal>:<rule>`; a condition that is sent again is the same condition.
    `since`: from when on the rule held without a break (for `closed`: until `at`). `at` is the instant it is about,
    `known_at` the one of the record that made it known. `value` and `threshold` are in the unit of the rule's kind;
    null where nothing is known any more. `about` says what a rule is about within the account: the event's name, the
    value point's. `severity` is that of this instant. `contributions` are those that add most, the largest first, of
    `score` at `at`; none while the state is unknown. `is_backfill`: it came out of imported history, so it goes into
    the digest only. Times are aware datetimes in UTC; on the wire ISO 8601 with Z.
    """

    id: Annotated[str, Meta(min_length=1)]
    account_id: AccountId
    rule: RuleName  # its name in the scorecard, unique there
    kind: RuleKind
    status: Status
    severity: Severity
    since: Moment
    at: Moment
    known_at: Moment
    cause: Cause
    value: float | None
    threshold: float | None
    score: float | None
    state: State
    reason: UnknownReason | None
    contributions: Annotated[tuple[Contribution, ...], Meta(max_length=MOST_CONTRIBUTIONS)]
    playbook: Markdown  # what to do, as this version of the scorecard says; may be empty
    notify: tuple[Notify, ...]
    facts: Facts
    first_event_at: Moment | None
    last_event_at: Moment | None
    silence_deadline: Moment | None
    scorecard: str  # version and hash: "3-0f343b09"
    engine: int
    about: str | None = None
    closing: Closing | None = None  # with `closed`, and only then
    is_backfill: bool = False
    scale: Literal["risk, 0 to 100, high is bad"] = SCALE

    def __post_init__(self) -> None:
        """Raises ValueError: a reason for closing goes with `closed`, and only with that."""
        if (self.status is Status.CLOSED) != (self.closing is not None):
            msg = "`closing` goes with the status closed, and only with that"
            raise ValueError(msg)
