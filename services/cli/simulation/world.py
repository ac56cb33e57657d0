"""The customers of the product, drawn by chance once and then fixed."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from schemas.time import DAY, MINUTE, Instant, day_of
from services.cli.simulation.account import Account, Fate, Rhythm
from services.cli.simulation.product import (
    EVERY_DAY,
    FEATURES,
    FIRST_WORDS,
    OFFICE,
    SECOND_WORDS,
    SEGMENTS,
    WEEKS,
    ZONES,
)

_FATES: dict[Fate, float] = {  # share of the book; the account on the brink is added by hand
    Fate.STEADY: 0.50,
    Fate.GROWING: 0.12,
    Fate.SEASONAL: 0.06,
    Fate.NEW: 0.07,
    Fate.FADING: 0.14,
    Fate.GONE_QUIET: 0.05,
    Fate.RETURNING: 0.02,
    Fate.NEVER_SEEN: 0.04,
}
_FOR_EVER: Instant = 4_102_444_800_000  # the year 2100
BACK_AFTER = 5 * MINUTE  # from the start until the one on the brink is back: time to see its alert, and to take it
_USUAL_ACCOUNTS = 300  # the number of accounts whose history is not thinned


@dataclass(frozen=True, slots=True)
class World:
    """Everything that stays: the seed, the instant from which the world is watched, and its customers.

    `density` is the share of what customers do that is recorded: in a larger book each has a thinner history.
    """

    seed: int
    starts: Instant
    accounts: tuple[Account, ...]
    density: float


def draw_world(seed: int, chance: Random, count: int, starts: Instant) -> World:
    """`count` customers as they are at `starts`, the first on the brink of silence. `seed` drives what they do."""
    names = _names(chance)
    accounts = [_draw(chance, Fate.BRINK, next(names), starts)] if count else []
    fates = chance.choices(list(_FATES), list(_FATES.values()), k=max(0, count - 1))
    accounts += [_draw(chance, fate, next(names), starts) for fate in fates]
    return World(seed, starts, tuple(accounts), min(1.0, _USUAL_ACCOUNTS / max(1, count)))


def _names(chance: Random) -> Iterator[str]:
    """Names without end, each once."""
    plain = [" ".join(words) for words in product(FIRST_WORDS, SECOND_WORDS)]
    chance.shuffle(plain)
    yield from plain
    number = 2
    while True:
        yield from (f"{name} {number}" for name in plain)
        number += 1


def _draw(chance: Random, fate: Fate, name: str, starts: Instant) -> Account:
    account_id = name.lower().replace(" ", "-")
    (segment,) = chance.choices(SEGMENTS, [segment.share for segment in SEGMENTS])
    people = chance.randint(*segment.users)
    seats = people + chance.randint(0, people)
    zone = chance.choice(list(ZONES))
    away_from, away_until = _away(chance, fate, starts)
    fades_from, fades_over_days = _fading(chance, fate, starts)
    return Account(
        account_id=account_id,
        name=name,
        plan=chance.choice(segment.plans),
        segment=segment.name,
        seats=seats,
        arr_cents=seats * segment.seat_cents,
        renewal_on=day_of(starts) + chance.randint(10, 360),
        owner=chance.choice(segment.owners),
        time_zone=zone,
        fate=fate,
        rhythm=Rhythm(_week(chance, fate), ZONES[zone], chance.uniform(11.5, 14.5)),
        users=tuple(f"{account_id}/{number}" for number in range(1, people + 1)),
        features=_features(chance),
        engagement=0.85 if fate is Fate.BRINK else chance.uniform(0.25, 0.75),
        opens=_opens(chance, fate, starts),
        away_from=away_from,
        away_until=away_until,
        fades_from=fades_from,
        fades_over_days=fades_over_days,
    )


def _week(chance: Random, fate: Fate) -> tuple[float, ...]:
    if fate is Fate.BRINK:
        return EVERY_DAY  # so that a few days of silence are already long
    return OFFICE if fate is Fate.NEW else chance.choice(WEEKS)


def _features(chance: Random) -> tuple[str, ...]:
    """Between three features and all, the popular ones more often and first."""
    known = list(FEATURES)
    return (*known[: chance.randint(2, 4)], *(name for name in known[4:] if chance.getrandbits(1)))


def _opens(chance: Random, fate: Fate, starts: Instant) -> Instant:
    match fate:
        case Fate.NEVER_SEEN:
            return _FOR_EVER
        case Fate.NEW:
            return starts - chance.randint(1, 20) * DAY
        case Fate.GROWING:
            return starts - chance.randint(60, 120) * DAY
        case _:
            return starts - chance.randint(100, 900) * DAY


def _away(chance: Random, fate: Fate, starts: Instant) -> tuple[Instant, Instant]:
    """When a customer is away; a customer who never is gets an empty interval."""
    match fate:
        case Fate.GONE_QUIET:
            return starts - chance.randint(3, 50) * DAY, _FOR_EVER
        case Fate.RETURNING:
            return starts - chance.randint(12, 28) * DAY, starts + chance.randint(1, 8) * MINUTE
        case Fate.BRINK:
            return starts, starts + BACK_AFTER
        case _:
            return _FOR_EVER, _FOR_EVER


def _fading(chance: Random, fate: Fate, starts: Instant) -> tuple[int, int]:
    """The first day of a customer's decline, and its length. Nobody stays for ever, but most go later than we look."""
    length = chance.randint(20, 60)
    if fate is Fate.FADING:
        return day_of(starts) - chance.randint(5, 88), length
    return day_of(starts) + chance.randint(60, 1_500), length
