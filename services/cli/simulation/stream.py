"""What customers do now: an endless stream at a given rate, denser than life, so that there is something to see."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

from schemas.time import MINUTE, SECOND, Instant, day_of
from services.cli.simulation.account import Account, Happening
from services.cli.simulation.chance import chance_of
from services.cli.simulation.days import act, users_of
from services.cli.simulation.presence import is_there, level
from services.cli.simulation.world import World


def stream(world: World, opens: Instant, per_second: float) -> Iterator[Happening]:
    """What happens from `opens` on, in order, `per_second` on average, until nobody is left.

    Who acts is drawn by the level of use and the root of the number of users: the large do not drown the small. Who
    comes back acts at once.
    """
    chance = chance_of(world.seed, "stream", opens)
    now = opens
    crowd = _gather(world, now)
    while crowd.weights:
        now += max(1, int(chance.expovariate(per_second) * SECOND))
        if now >= crowd.until:
            now = crowd.until
            crowd = _gather(world, now)
            back = [account for account in crowd.accounts if account.away_until == now]
        else:
            back = chance.choices(crowd.accounts, cum_weights=crowd.weights)
        for account in back:
            here = level(account, day_of(now))
            yield act(account, chance.choice(users_of(account, here)), now, here, chance)


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Who is there until an instant, with running totals of their weights."""

    accounts: tuple[Account, ...]
    weights: tuple[float, ...]
    until: Instant


def _gather(world: World, now: Instant) -> _Crowd:
    there = [account for account in world.accounts if is_there(account, now) and level(account, day_of(now))]
    weights = (level(account, day_of(now)) * sqrt(len(account.users)) for account in there)
    returns = (account.away_until for account in world.accounts if account.away_until > now)
    return _Crowd(tuple(there), tuple(accumulate(weights)), min((*returns, now + MINUTE)))
