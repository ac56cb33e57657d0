"""One simulated customer: who they are, how they work, and what becomes of them."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.time import Day, Instant


class Fate(StrEnum):
    """What becomes of a customer. The simulator knows; the scores have to find out."""

    STEADY = "steady"
    GROWING = "growing"
    SEASONAL = "seasonal"  # a busy week, then three quiet ones
    NEW = "new"  # some days old
    FADING = "fading"  # fewer users, fewer features, then silence
    GONE_QUIET = "gone_quiet"  # from one day to the next
    RETURNING = "returning"  # gone quiet, and back within minutes of the start
    BRINK = "brink"  # its silence becomes news soon after the start; some minutes later it is back
    NEVER_SEEN = "never_seen"  # on the roster, and nowhere else


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a customer works: a weight for each day of the week (Monday first), and the middle of its working day."""

    weekdays: tuple[float, ...]
    utc_offset_hours: int
    midday_hour: float


@dataclass(frozen=True, slots=True)
class Account:
    """A customer. It is away in `[away_from, away_until)`, and loses users from `fades_from` on until none is left."""

    account_id: str
    name: str
    plan: str
    segment: str
    seats: int
    arr_cents: int
    renewal_on: Day
    owner: str
    time_zone: str
    fate: Fate
    rhythm: Rhythm
    users: tuple[str, ...]
    features: tuple[str, ...]  # the ones it uses, most used first
    engagement: float  # the chance that a user comes on a usual day
    opens: Instant
    away_from: Instant
    away_until: Instant
    fades_from: Day
    fades_over_days: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a simulated user did."""

    occurred_at: Instant
    account_id: str
    user_id: str
    event_name: str
    feature: str | None
