"""What a customer does on a day: a function of seed, customer and day alone, so that any day can be lived again."""

from math import ceil
from random import Random

from schemas.time import DAY, HOUR, Day, Instant
from services.cli.simulation.account import Account, Happening
from services.cli.simulation.chance import chance_of
from services.cli.simulation.presence import is_there, level
from services.cli.simulation.product import FEATURES, FRICTION, SIGNED_IN

_THURSDAY = 3  # 1970-01-01
_SPREAD_HOURS = 2.2  # most work is done within so many hours of the middle of the working day
_SIGN_IN_ONLY = 0.2  # the chance that nothing else is done
_MORE = 0.35  # the chance of one more thing done, after each
_FRICTION = 0.04  # the chance that what a declining customer does is a sign of leaving
_DECLINED = 0.6  # below this level a customer meets friction


def happenings_of(account: Account, day: Day, seed: int, density: float = 1.0) -> list[Happening]:
    """What `account` does on `day`, in order. A `density` below 1 keeps that share of its users' visits."""
    here = level(account, day)
    if not here:
        return []
    chance = chance_of(seed, account.account_id, day)
    visit = account.rhythm.weekdays[(day + _THURSDAY) % 7] * account.engagement * here * density
    visits = [user for user in users_of(account, here) if chance.random() < visit]
    done = [happening for user in visits for happening in _visit(account, user, day, here, chance)]
    return sorted((one for one in done if is_there(account, one.occurred_at)), key=_when)


def users_of(account: Account, here: float) -> tuple[str, ...]:
    """The users who are left at level `here`: at least one while there is any use at all."""
    return account.users[: ceil(min(1.0, here) * len(account.users))]


def act(account: Account, user: str, at: Instant, here: float, chance: Random) -> Happening:
    """One thing that a user does."""
    if here < _DECLINED and chance.random() < _FRICTION:
        return Happening(at, account.account_id, user, chance.choice(FRICTION), None)
    used = account.features[: ceil(min(1.0, here) * len(account.features))]
    (feature,) = chance.choices(used, [1 / (place + 1) for place in range(len(used))])
    return Happening(at, account.account_id, user, chance.choice(FEATURES[feature]), feature)


def _visit(account: Account, user: str, day: Day, here: float, chance: Random) -> list[Happening]:
    """A visit: now and then only a sign-in, mostly a few things done within an hour."""
    local_hour = chance.gauss(account.rhythm.midday_hour, _SPREAD_HOURS)
    hour = (local_hour - account.rhythm.utc_offset_hours) % 24
    at = day * DAY + int(hour * HOUR)
    if chance.random() < _SIGN_IN_ONLY:
        return [Happening(at, account.account_id, user, SIGNED_IN, None)]
    done = [act(account, user, at, here, chance)]
    while chance.random() < _MORE:
        at = min(at + chance.randint(20_000, 600_000), (day + 1) * DAY - 1)
        done.append(act(account, user, at, here, chance))
    return done


def _when(happening: Happening) -> Instant:
    return happening.occurred_at
