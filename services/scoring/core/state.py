"""One account's state: everything a score can depend on, and what was served last."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from schemas.changes import State, UnknownReason
from schemas.time import DAY, Day, Instant
from schemas.value import Value
from services.scoring.core.facts import NOTHING, Known
from services.scoring.core.heard import NOTHING_HEARD, Heard
from services.scoring.core.hold import Hold
from services.scoring.core.judgements import Judgement
from services.scoring.core.reading import Settled, Standing
from services.scoring.core.rhythm import Rhythm, rhythm_of
from services.scoring.core.tally import Tally
from services.scoring.core.trail import Trail
from services.scoring.core.users import Features, Sources, Users
from services.scoring.core.windows import DayCounts, Days

_UNASKED = -1


class Served(Value, frozen=True):
    """What was last emitted for an account."""

    sequence: int
    at: Instant
    score: int | None  # grains
    state: State
    reason: UnknownReason | None
    scorecard: str
    facts: tuple[Any, ...]
    signals: tuple[str, ...]  # of the card; none while the state is unknown
    points: tuple[float, ...]  # what each added, as it was told
    values: tuple[float | None, ...]  # what each saw, as it was told; None where it abstained
    active_on: Day | None  # the last active day that was known
    computed: State  # the state of the score, whatever an override says; `reason` goes with it
    standing: Standing
    moment: datetime  # `at`, as it is told; not kept


@dataclass(slots=True, eq=False)
class Account:
    """The state of one account. Updated in place by `step`, which is the only one that may.

    `applied`: the offset up to which this state has seen the log. `due`: the next instant at which it must be
    evaluated though nothing happens. `touched`: something happened since the last tick. `importing`: history came in
    and its end has not. `late`: since the last evaluation, events came in of a day before `evaluated_on`.
    """

    account_id: str
    phase: Instant
    active: Days
    daily: DayCounts
    users: Users
    features: Features
    sources: Sources
    facts: Known
    tallies: dict[int, Tally]  # by number of the input
    watched: int = 0  # the inputs below this number have been counted from the account's first event on
    applied: int = -1
    due: Instant | None = None
    touched: bool = False
    importing: bool = False
    first_at: Instant | None = None
    last_at: Instant | None = None
    contact_at: Instant | None = None
    outcome: tuple[Instant, str] | None = None
    override: Judgement | None = None
    mute: Judgement | None = None
    evaluated_on: Day | None = None
    late: bool = False
    served: Served | None = None
    holds: dict[str, Hold] = field(default_factory=dict)  # of alert rules, by name
    trail: Trail = field(default_factory=Trail)  # where its score has been, if a rule asks
    told: tuple[Any, ...] = NOTHING  # the values of `facts`; not kept
    is_dirty: bool = False  # whether it differs from what was last flushed; not kept
    scheduled: Instant | None = None  # its earliest entry in the partition's agenda; not kept
    settled: Settled | None = None  # what the last evaluation saw; not kept
    is_silent: bool = False  # whether its silence had passed its own deadline then; not kept
    news: int = 0  # what has been new since then, as bits (novelty.py); not kept
    fall: tuple[int, int] | None = None  # how `decline` sees the active days, until there is another; not kept
    _rhythm: Rhythm | None = None  # until another day is active; not kept
    _deadline: Instant | None = _UNASKED  # of its silence, until another event; not kept
    _heard: Heard | None = None  # what was told of its events last; not kept
    _cause: int = -1  # the record that was the last to cause something, by its offset; not kept
    _changes: int = 0  # that it has caused; not kept
    _conditions: int = 0  # likewise

    def was_heard(self, at: Instant) -> None:
        """An event occurred at an instant."""
        last_at = self.last_at
        if last_at is None:
            self.first_at = self.last_at = at
        elif at > last_at:
            self.last_at = at
            self._deadline = _UNASKED
        elif self.first_at is None or at < self.first_at:
            self.first_at = at

    def was_active(self, day: Day) -> bool:
        """The account was active on a day. Whether that was news."""
        is_news = self.active.add(day)
        if is_news:
            self._rhythm = self.fall = None
            self._deadline = _UNASKED
        return is_news

    @property
    def rhythm(self) -> Rhythm:
        """The rhythm of an account that has been active."""
        if self._rhythm is None:
            self._rhythm = rhythm_of(self.active)
        return self._rhythm

    def change_by(self, offset: int) -> int:
        """The ordinal of the next change that the record at an offset causes for the account."""
        if offset != self._cause:
            self._cause, self._changes, self._conditions = offset, 1, 0
            return 0
        self._changes += 1
        return self._changes - 1

    def condition_by(self, offset: int) -> int:
        """The ordinal of the next condition that the record at an offset causes for the account."""
        if offset != self._cause:
            self._cause, self._changes, self._conditions = offset, 0, 1
            return 0
        self._conditions += 1
        return self._conditions - 1

    def heard(self, today: Day) -> Heard:
        """What is told today of the events it was heard by."""
        first_at, last_at = self.first_at, self.last_at
        if first_at is None or last_at is None:
            return NOTHING_HEARD
        heard = self._heard
        if heard is None:
            heard = self._heard = Heard()
        heard.update(self.active, first_at, last_at, self.silence_deadline, today)
        return heard

    @property
    def active_on(self) -> Day | None:
        """The last active day; None before the first event."""
        return self.active.newest if self.active.mask else None

    @property
    def is_stale(self) -> bool:
        """Whether it is served as unknown because events of it are missing."""
        return self.served is not None and self.served.reason is UnknownReason.TELEMETRY_STALE

    def reaches(self, at: Instant) -> bool:
        """It is looked at, at an instant. Whether its silence has passed its own deadline since, or no longer has."""
        deadline, was_silent = self._deadline, self.is_silent
        if deadline == _UNASKED:
            deadline = self.silence_deadline
        self.is_silent = is_silent = deadline is not None and at >= deadline
        return is_silent is not was_silent

    @property
    def silence_deadline(self) -> Instant | None:
        """When the silence since the last event becomes news; None without a rhythm of its own."""
        deadline = self._deadline
        if deadline == _UNASKED:
            patience = None if self.last_at is None else self.rhythm.patience
            deadline = self._deadline = None if patience is None or self.last_at is None else self.last_at + patience
        return deadline


def phase_of(account_id: str) -> Instant:
    """An account's daily phase is a hash of its key, so that a book is spread over the day."""
    return int.from_bytes(blake2b(account_id.encode(), digest_size=8).digest()) % DAY


def new_account(account_id: str) -> Account:
    """An account nothing is known of."""
    return Account(account_id, phase_of(account_id), Days(), DayCounts(), Users(), Features(), Sources(), {}, {})
