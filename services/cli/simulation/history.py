"""What happened in an interval, over all customers."""

from collections.abc import Iterable
from itertools import chain

from schemas.time import Instant, day_of
from services.cli.simulation.account import Account, Fate, Happening
from services.cli.simulation.brink import DeadlineOf, end_at
from services.cli.simulation.days import happenings_of
from services.cli.simulation.world import World


def history(world: World, opens: Instant, closes: Instant) -> list[Happening]:
    """What customers did in `[opens, closes)`, in order; two neighbouring intervals are one, cut in two."""
    return _in_order(_of(account, world, opens, closes) for account in world.accounts)


def opening(world: World, opens: Instant, news_at: Instant, deadline_of: DeadlineOf) -> list[Happening]:
    """History from `opens` to the start of the world; the silence of the one on the brink is news at `news_at`."""
    done = []
    for account in world.accounts:
        happenings = _of(account, world, opens, world.starts)
        done.append(end_at(happenings, news_at, deadline_of) if account.fate is Fate.BRINK else happenings)
    return _in_order(done)


def _of(account: Account, world: World, opens: Instant, closes: Instant) -> list[Happening]:
    days = range(day_of(opens), day_of(closes - 1) + 1)
    done = chain.from_iterable(happenings_of(account, day, world.seed, world.density) for day in days)
    return [happening for happening in done if opens <= happening.occurred_at < closes]


def _in_order(done: Iterable[list[Happening]]) -> list[Happening]:
    return sorted(chain.from_iterable(done), key=lambda one: (one.occurred_at, one.account_id, one.user_id))
