"""An account as bytes, and back: what the changelog holds of it, and the memory of those that are not hot."""

from datetime import date
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

from schemas.activity import FACT_FIELDS
from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.codec import pack, unpack
from schemas.time import Instant, moment_of
from services.scoring.core.facts import Said, told
from services.scoring.core.hold import hold_of
from services.scoring.core.judgements import judgement_of
from services.scoring.core.reading import POINTS, Reached, Standing
from services.scoring.core.state import Account, Served, new_account
from services.scoring.core.tally import Tally
from services.scoring.core.trail import trail_of
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
    return (
        served.sequence,
        served.at,
        served.score,
        served.state,
        served.reason,
        served.scorecard,
        served.facts,
        points,
        served.active_on,
        values,
        served.computed,
        served.standing,
    )


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
        points=tuple(map(POINTS.__getitem__, points.values())),
        values=tuple([values[name] / 1_000 if name in values else None for name in points]),
        active_on=active_on,
        computed=State(computed),
        standing=_standing(*standing),
        moment=moment_of(at),
    )


@lru_cache(maxsize=64)
def _shared(signals: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a card's signals, once for all accounts."""
    return signals


def _standing(override: list[Any] | None, mute: list[Any] | None, reached: list[Any]) -> Standing:
    points, overdue, pattern = reached
    return Standing(judgement_of(override), judgement_of(mute), Reached(tuple(points), tuple(overdue), pattern))
