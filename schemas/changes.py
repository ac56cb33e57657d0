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


class CauseKind(StrEnum):
    """What made a change known."""

    EVENT = "event"  # a moment event, evaluated at once
    TICK = "tick"  # time passed, or events arrived since the tick before
    IMPORT = "import"  # history came in
    SCORECARD = "scorecard"  # another version of the scorecard, not behaviour


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The record of `activity.v1` that made a change known."""

    kind: CauseKind
    partition: int
    offset: int
    event_name: str | None = None
    message_id: str | None = None


class Contribution(Struct, frozen=True, kw_only=True, gc=False):
    """What one signal adds to the score.

    `points` of at most `limit`. `value` is in the signal's own unit (docs/signals.md).
    """

    signal: str
    value: float | None
    points: float
    limit: float
    previous_points: float | None


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known of an account, merged from all that was said (null and absent are the same here)."""

    name: str | None = None
    plan: str | None = None
    segment: str | None = None
    seats: int | None = None
    arr_cents: int | None = None
    renewal_on: date | None = None
    owner: str | None = None
    time_zone: str | None = None


class Before(Struct, frozen=True, kw_only=True, gc=False):
    """What was served before a change."""

    score: float | None
    state: State
    at: Moment


class ScoreChange(Struct, frozen=True, kw_only=True, gc=False):
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
    scale: Literal["risk, 0 to 100, high is bad"] = SCALE
