"""One account's state: everything a score can depend on, and what was served last."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple

from schemas.activity import FACT_FIELDS
from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.codec import pack, unpack
from schemas.time import DAY, Day, Instant
from services.scoring.core.facts import NOTHING, Known, Said, told
from services.scoring.core.heard import NOTHING_HEARD, Heard
from services.scoring.core.hold import Hold, hold_of
from services.scoring.core.judgements import Judgement, judgement_of
from services.scoring.core.reading import Reached, Settled, Standing
from services.scoring.core.rhythm import Rhythm, rhythm_of
from services.scoring.core.tally import Tally
from services.scoring.core.trail import Trail, trail_of
from services.scoring.core.users import Features, Sources, Users
from services.scoring.core.windows import DayCounts, Days

_HEAD = Struct("<qqB")  # applied, due, flags: what must be known of an account that is not unpacked
raw_head = _HEAD.unpack_from  # of packed bytes: for who reads a million of them
NO_DUE = -1
TOUCHED = 1
IMPORTING = 2
FORGOTTEN = 4
_UNASKED = -1


class Served(NamedTuple):
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


class Head(NamedTuple):
    """The part of a packed account that can be read without unpacking it."""

    applied: int
    due: Instant | None
    touched: bool
    importing: bool
    forgotten: bool = False  # nothing is in it: it stands where one was, until it is deleted


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
    scheduled: Instant | None = None  # the earliest entry in the partition's heap; not kept
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
            self._cause, self._changes, self._conditions = offset, 0, 0
        self._changes += 1
        return self._changes - 1

    def condition_by(self, offset: int) -> int:
        """The ordinal of the next condition that the record at an offset causes for the account."""
        if offset != self._cause:
            self._cause, self._changes, self._conditions = offset, 0, 0
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
        deadline, was_silent = self.silence_deadline, self.is_silent
        self.is_silent = deadline is not None and at >= deadline
        return self.is_silent is not was_silent

    @property
    def silence_deadline(self) -> Instant | None:
        """When the silence since the last event becomes news; None without a rhythm of its own."""
        deadline = self._deadline
        if deadline == _UNASKED:
            patience = None if self.last_at is None else self.rhythm.patience
            deadline = self._deadline = None if patience is None or self.last_at is None else self.last_at + patience
        return deadline


def new_account(account_id: str) -> Account:
    """An account nothing is known of. Its daily phase is a hash of its key, so that a book is spread over the day."""
    phase = int.from_bytes(blake2b(account_id.encode(), digest_size=8).digest()) % DAY
    return Account(account_id, phase, Days(), DayCounts(), Users(), Features(), Sources(), {}, {})


def is_blank(account: Account) -> bool:
    """Whether nothing is known of an account."""
    return pack_account(account, 0) == pack_account(new_account(account.account_id), 0)


def pack_account(account: Account, applied: int, *, forgotten: bool = False) -> bytes:
    """An account as bytes that say it has seen the log up to `applied`."""
    head = _HEAD.pack(
        applied,
        NO_DUE if account.due is None else account.due,
        TOUCHED * account.touched + IMPORTING * account.importing + FORGOTTEN * forgotten,
    )
    active, daily, served = account.active, account.daily, account.served
    body = pack(
        (
            account.account_id,
            active.origin,
            active.mask.to_bytes((active.mask.bit_length() + 7) // 8, "little"),
            daily.newest,
            daily.counts,
            account.users.members,
            account.features.members,
            [(_FIELD_NUMBERS[field], *said) for field, said in account.facts.items()],
            account.first_at,
            account.last_at,
            account.contact_at,
            account.outcome,
            None if served is None else _packed(served),
            account.sources.members,
            account.override,
            account.mute,
            account.evaluated_on,
            account.late,
            account.watched,
            {number: tally.packed() for number, tally in account.tallies.items()},
            account.holds,
            account.trail.packed() if account.trail.lows else None,
        )
    )
    return head + body


def head_of(packed: bytes) -> Head:
    """What is written before the body."""
    applied, due, flags = raw_head(packed)
    return Head(
        applied,
        None if due == NO_DUE else due,
        bool(flags & TOUCHED),
        bool(flags & IMPORTING),
        bool(flags & FORGOTTEN),
    )


def unpack_account(packed: bytes) -> Account:
    """The account that was packed."""
    head = head_of(packed)
    (
        account_id,
        origin,
        mask,
        newest,
        counts,
        users,
        features,
        facts,
        first_at,
        last_at,
        contact_at,
        outcome,
        served,
        sources,
        override,
        mute,
        evaluated_on,
        late,
        watched,
        tallies,
        holds,
        trail,
    ) = unpack(packed[_HEAD.size :])
    account = new_account(account_id)
    account.active = Days(origin, int.from_bytes(mask, "little"))
    account.daily = DayCounts(newest, counts)
    account.users.members = {user: (day, days) for user, (day, days) in users.items()}
    account.features.members = {feature: (day, count) for feature, (day, count) in features.items()}
    account.facts = {FACT_FIELDS[number]: _said(FACT_FIELDS[number], said) for number, *said in facts}
    account.told = told(account.facts)
    account.tallies = {number: Tally(*kept) for number, kept in tallies.items()}
    account.watched = watched
    account.holds = {name: hold_of(kept) for name, kept in holds.items()}
    if trail is not None:
        account.trail = trail_of(trail)
    account.sources.members = {source: (day, count) for source, (day, count) in sources.items()}
    account.override, account.mute = judgement_of(override), judgement_of(mute)
    account.evaluated_on, account.late = evaluated_on, late
    account.applied, account.due, account.touched, account.importing, _ = head
    account.first_at, account.last_at, account.contact_at = first_at, last_at, contact_at
    account.outcome = None if outcome is None else (outcome[0], outcome[1])
    account.served = None if served is None else _served(served)
    return account


_FIELD_NUMBERS = {field: number for number, field in enumerate(FACT_FIELDS)}
_RENEWAL = FACT_FIELDS.index("renewal_on")


def _said(field: str, packed: list[Any]) -> Said:
    value, operate, at = packed
    return Said(date.fromisoformat(value) if field == "renewal_on" and value else value, operate, at)


def _packed(served: Served) -> tuple[Any, ...]:
    """What is said of signals by their names, so that a card may name others when it is read again.

    In grains and thousandths: whole numbers, exactly.
    """
    values = {
        name: round(value * 1_000)
        for name, value in zip(served.signals, served.values, strict=True)
        if value is not None
    }
    points = {name: int(points * GRAINS_PER_POINT) for name, points in zip(served.signals, served.points, strict=True)}
    return *served[:7], points, served.active_on, values, served.computed, served.standing


def _served(packed: list[Any]) -> Served:
    sequence, at, score, state, reason, card, facts, points, active_on, values, computed, standing = packed
    renewal = facts[_RENEWAL]
    facts[_RENEWAL] = date.fromisoformat(renewal) if renewal else None
    return Served(
        sequence=sequence,
        at=at,
        score=score,
        state=State(state),
        reason=None if reason is None else UnknownReason(reason),
        scorecard=card,
        facts=tuple(facts),
        signals=_shared(tuple(points)),
        points=tuple([grains / GRAINS_PER_POINT for grains in points.values()]),
        values=tuple([values[name] / 1_000 if name in values else None for name in points]),
        active_on=active_on,
        computed=State(computed),
        standing=_standing(*standing),
    )


@lru_cache(maxsize=64)
def _shared(signals: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a card's signals, once for all accounts."""
    return signals


def _standing(override: list[Any] | None, mute: list[Any] | None, reached: list[Any]) -> Standing:
    points, overdue, pattern = reached
    return Standing(judgement_of(override), judgement_of(mute), Reached(tuple(points), tuple(overdue), pattern))
