"""The records of `score-changes.v1`: what an account's score became, why, and since when that is known.

A score is **risk, 0 to 100, high is bad**. Scores and points are multiples of 1/1024, so that contributions sum to
the score exactly, in binary floating point as in decimals. See docs/decisions/0003-grains.md. `gc=False`: nothing
here can refer to itself, and the collector need not look at millions of them.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

SCALE: Final = "risk, 0 to 100, high is bad"
GRAINS_PER_POINT = 1_024

Moment = Annotated[datetime, Meta(tz=True)]


class State(StrEnum):
    """What an account is taken for: its band, or unknown with a reason."""

    HEALTHY = "healthy"
    WATCH = "watch"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"


class UnknownReason(StrEnum):
    """Why an account's state is unknown."""

    NEVER_SEEN = "never_seen"  # on the roster, no event yet
    TOO_NEW = "too_new"  # younger than the scorecard's minimum age
    NOT_ENOUGH_FACTS = "not_enough_facts"  # every signal of the scorecard abstains
    CHURNED = "churned"  # a churn is on record
    TELEMETRY_STALE = "telemetry_stale"  # events of a source it is heard of by are missing: nobody knows what it does


class CauseKind(StrEnum):
    """What made a change known."""

    EVENT = "event"  # a moment event, evaluated at once
    TICK = "tick"  # time passed, or events arrived since the tick before
    LATE = "late"  # events came in for a day that had been evaluated: what was known is revised
    IMPORT = "import"  # history came in
    SCORECARD = "scorecard"  # another version of the scorecard, not behaviour


class Cause(Struct, frozen=True, omit_defaults=True, gc=False):
    """The record of `activity.v1` that made a change known."""

    kind: CauseKind
    partition: int
    offset: int
    event_name: str | None = None
    message_id: str | None = None


class Contribution(Struct, frozen=True, gc=False):
    """What one signal adds to the score.

    `points` of at most `limit`. `value` is in the signal's own unit (docs/signals.md). Before, they were
    `previous_points` and `previous_value`; null where the signal was not on the card, or knew nothing. Where it knows
    nothing yet because the events it reads were not counted before, `counted_since` says from when on they are.
    """

    signal: str
    value: float | None
    points: float
    limit: float
    previous_points: float | None
    previous_value: float | None = None
    counted_since: Moment | None = None


class Facts(Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known of an account, merged from all that was said (null and absent are the same here)."""

    name: str | None = None
    plan: str | None = None
    segment: str | None = None
    seats: int | None = None
    arr_cents: int | None = None
    renewal_on: date | None = None
    owner: str | None = None
    time_zone: str | None = None


class Before(Struct, frozen=True, gc=False):
    """What was served before a change."""

    score: float | None
    state: State
    at: Moment


class Overridden(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody knows better: the account's state until `until` is theirs; `computed` is the one of the score."""

    computed: State
    reason: str
    author: str
    until: Moment


class Muted(Struct, frozen=True, kw_only=True, gc=False):
    """Nobody is alerted about the account until `until`."""

    reason: str
    author: str
    until: Moment


class Progress(StrEnum):
    """Where an account is with a value point."""

    PENDING = "pending"
    REACHED = "reached"
    MISSED = "missed"
    UNCOUNTED = "uncounted"  # its events were not counted from the account's first on, and it has not been reached


class ValuePointProgress(Struct, frozen=True, kw_only=True, gc=False):
    """A value point of the scorecard: to be reached by the end of `due_on`, and since when it is reached."""

    name: str
    progress: Progress
    due_on: date
    reached_on: date | None


class Activeness(Struct, frozen=True, gc=False):
    """The longest window of the signals: the last `days` whole days and today, and the active days in it."""

    days: int
    active_days: int
    first_active_on: date | None
    last_active_on: date | None


class ScoreChange(Struct, frozen=True, gc=False):
    """What is served for an account from here on, until the next change.

    `id` names the cause and the account, so a change that is sent again is the same change; `sequence` counts an
    account's changes, for display. `at` is the instant the change is about, `known_at` the one of the record that
    made it known. `confidence` is the share of the scorecard's points whose signals are known.
    """

    id: str
    account_id: str
    sequence: int
    at: Moment
    known_at: Moment
    cause: Cause
    score: float | None
    band: State | None
    state: State
    reason: UnknownReason | None
    confidence: float
    contributions: tuple[Contribution, ...]
    previous: Before | None
    facts: Facts
    first_event_at: Moment | None
    last_event_at: Moment | None
    silence_deadline: Moment | None
    scorecard: str  # version and hash: "3-0f343b09"
    engine: int
    variant: str | None = None  # of the scorecard, which was meant for the account
    window: Activeness | None = None
    override: Overridden | None = None
    mute: Muted | None = None
    value_points: tuple[ValuePointProgress, ...] = ()
    winning_pattern_on: date | None = None  # when the last of its milestones was reached
    scale: Literal["risk, 0 to 100, high is bad"] = SCALE
