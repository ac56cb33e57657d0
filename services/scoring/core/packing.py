"""An account as bytes, and back: what the changelog holds of it, and the memory of those that are not hot."""

from datetime import date
from functools import lru_cache
from struct import Struct
from typing import Any, Final, NamedTuple

from schemas.activity import FACT_FIELDS
from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.codec import pack, unpacker
from schemas.time import Day, Instant, moment_of
from schemas.value import Value
from services.scoring.core.facts import NOTHING, Said, told
from services.scoring.core.hold import hold_of
from services.scoring.core.judgements import judgement_of
from services.scoring.core.reading import NOTHING_STANDS, POINTS, Reached, Standing
from services.scoring.core.state import Account, Served, new_account, phase_of
from services.scoring.core.tally import Tally
from services.scoring.core.trail import Trail
from services.scoring.core.users import Features, Sources, Users
from services.scoring.core.windows import DayCounts, Days

_HEAD = Struct("<qqB")  # applied, due, flags: what must be known of an account that is not unpacked
raw_head = _HEAD.unpack_from  # of packed bytes: for who reads a million of them
NO_DUE = -1
TOUCHED = 1
IMPORTING = 2
FORGOTTEN = 4


class Head(NamedTuple):
    """The part of a packed account that can be read without unpacking it."""

    applied: int
    due: Instant | None
    touched: bool
    importing: bool
    forgotten: bool = False  # nothing is in it: it stands where one was, until it is deleted


class _Served(Value, frozen=True):
    """`Served`, with signals by their names, so that a card may name others when it is read again.

    `points` in grains and `values` in thousandths: whole numbers, exactly. Without those where a signal abstained.
    """

    sequence: int
    at: Instant
    score: int | None
    state: State
    reason: UnknownReason | None
    scorecard: str
    facts: list[Any]
    points: dict[str, int]
    active_on: Day | None
    values: dict[str, int]
    computed: State
    standing: Any


class _Body(Value, frozen=True):
    """All of an account that follows its head. `Any`: a tuple that its own module makes into what it was."""

    account_id: str
    origin: Day
    mask: bytes
    newest: Day
    counts: list[int]
    users: dict[str, tuple[Day, int]]
    features: dict[str, tuple[Day, int]]
    facts: list[tuple[int, Any, bool, Instant]]  # by the number of the field
    first_at: Instant | None
    last_at: Instant | None
    contact_at: Instant | None
    outcome: tuple[Instant, str] | None
    served: _Served | None
    sources: dict[str, tuple[Day, int]]
    override: Any
    mute: Any
    evaluated_on: Day | None
    late: bool
    watched: int
    tallies: dict[int, tuple[int, Instant, list[Day], dict[Day, int]]]
    holds: dict[str, Any]
    trail: tuple[str, int, list[tuple[Day, int]]] | None


_body_of = unpacker(_Body)


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
    active, daily, served, trail = account.active, account.daily, account.served, account.trail
    body = _Body(
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
        trail.packed() if trail.lows else None,
    )
    return head + pack(body)


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
    """The account that was packed. Raises `Unreadable`."""
    applied, due, touched, importing, _ = head_of(packed)
    body = _body_of(packed[_HEAD.size :])
    facts = {FACT_FIELDS[number]: _said(FACT_FIELDS[number], *said) for number, *said in body.facts}
    return Account(
        account_id=body.account_id,
        phase=phase_of(body.account_id),
        active=Days(body.origin, int.from_bytes(body.mask, "little")),
        daily=DayCounts(body.newest, body.counts),
        users=Users(body.users),
        features=Features(body.features),
        sources=Sources(body.sources),
        facts=facts,
        tallies={number: Tally(*kept) for number, kept in body.tallies.items()},
        watched=body.watched,
        applied=applied,
        due=due,
        touched=touched,
        importing=importing,
        first_at=body.first_at,
        last_at=body.last_at,
        contact_at=body.contact_at,
        outcome=body.outcome,
        override=judgement_of(body.override),
        mute=judgement_of(body.mute),
        evaluated_on=body.evaluated_on,
        late=body.late,
        served=None if body.served is None else _served(body.served),
        holds={name: hold_of(kept) for name, kept in body.holds.items()},
        trail=Trail() if body.trail is None else Trail(*body.trail),
        told=told(facts) if facts else NOTHING,
    )


_FIELD_NUMBERS = {field: number for number, field in enumerate(FACT_FIELDS)}
_RENEWAL = FACT_FIELDS.index("renewal_on")


def _said(field: str, value: Any, operate: bool, at: Instant) -> Said:  # noqa: ANN401, FBT001 - as they were said
    return Said(date.fromisoformat(value) if field == "renewal_on" and value else value, operate, at)


def _packed(served: Served) -> _Served:
    values = {
        name: round(value * 1_000)
        for name, value in zip(served.signals, served.values, strict=True)
        if value is not None
    }
    points = {name: int(points * GRAINS_PER_POINT) for name, points in zip(served.signals, served.points, strict=True)}
    return _Served(
        served.sequence,
        served.at,
        served.score,
        served.state,
        served.reason,
        served.scorecard,
        list(served.facts),
        points,
        served.active_on,
        values,
        served.computed,
        served.standing,
    )


def _served(packed: _Served) -> Served:
    facts, points, values = packed.facts, packed.points, packed.values
    renewal = facts[_RENEWAL]
    facts[_RENEWAL] = date.fromisoformat(renewal) if renewal else None
    return Served(
        packed.sequence,
        packed.at,
        packed.score,
        packed.state,
        packed.reason,
        packed.scorecard,
        tuple(facts),
        _shared(tuple(points)),
        tuple(map(POINTS.__getitem__, points.values())),
        tuple([values[name] / 1_000 if name in values else None for name in points]),
        packed.active_on,
        packed.computed,
        NOTHING_STANDS if packed.standing == _NOTHING_STANDS else _standing(*packed.standing),
        moment_of(packed.at),
    )


_NOTHING_STANDS: Final[list[Any]] = [None, None, [[], [], None]]  # as it is unpacked


def _standing(override: list[Any] | None, mute: list[Any] | None, reached: list[Any]) -> Standing:
    points, overdue, pattern = reached
    return Standing(judgement_of(override), judgement_of(mute), Reached(tuple(points), tuple(overdue), pattern))


@lru_cache(maxsize=64)
def _shared(signals: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a card's signals, once for all accounts."""
    return signals
