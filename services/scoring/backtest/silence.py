"""What silence deadlines would have cost: how often one passed and the account came back all the same.

A deadline states its budget of false alarms (rhythm.py). It holds while accounts keep their habits; where a whole
population leaves, as at the end of a course, deadlines pass that nobody comes back from, and that is told.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from schemas.time import Day, Instant, day_of
from services.scoring.backtest.alerts import MONTH
from services.scoring.backtest.buckets import Life, lives
from services.scoring.core.fixed import ONE
from services.scoring.core.rhythm import FALSE_ALARMS_PER_MONTH, rhythm_of
from services.scoring.core.windows import Days

STATED = FALSE_ALARMS_PER_MONTH / ONE


class Silences(Struct, frozen=True):
    """Of accounts with a rhythm of their own: the months they were watched and the deadlines that passed.

    `came_back`: false alarms. `churned`: a churn was recorded after it. `gone`: neither came; the population dies, or
    its churns are not recorded.
    """

    accounts: int
    months: float
    came_back: int
    churned: int
    gone: int

    @property
    def over_stated(self) -> float | None:
        """Realised false alarms over those that the deadlines state; None where nobody was watched."""
        return self.came_back / self.months / STATED if self.months else None

    @property
    def is_dying(self) -> bool:
        """Whether more accounts left without a word than came back or were recorded as churned."""
        return self.gone > self.came_back + self.churned


class Ends(NamedTuple):
    """When accounts left the book, those of them that churned, and the end of time for all others."""

    left_at: Mapping[str, Instant]
    churned_at: Mapping[str, Instant]
    of_all: Instant


class Return(NamedTuple):
    """An account came back at an instant, so long after its deadline: a false alarm for whoever did not wait longer."""

    at: Instant
    over: Instant


class Watched(NamedTuple):
    """An account from when it had a deadline to its last event, its false alarms, and what became of it after.

    `left`: its last deadline passed, and it did not come back. `churned`: a churn was recorded after that.
    """

    since: Instant
    until: Instant
    returns: tuple[Return, ...]
    left: bool
    churned: bool


def watched(file: Path, ends: Ends) -> list[Watched]:
    """The accounts of one group that have a rhythm of their own."""
    return [found for life in lives(file) if (found := _of(life, ends)) is not None]


def silences(accounts: Iterable[Watched]) -> Silences:
    """What their deadlines would have cost."""
    every = list(accounts)
    return Silences(
        accounts=len(every),
        months=sum((one.until - one.since) / MONTH for one in every),
        came_back=sum(len(one.returns) for one in every),
        churned=sum(one.churned for one in every),
        gone=sum(one.left and not one.churned for one in every),
    )


class _Day(NamedTuple):
    day: Day
    first_at: Instant
    last_at: Instant


def _days(life: Life, ends: Instant) -> list[_Day]:
    """The active days of an account before its end."""
    days: list[_Day] = []
    for at in life.at:
        if at >= ends:
            break
        if days and days[-1].day == day_of(at):
            days[-1] = days[-1]._replace(last_at=at)
        else:
            days.append(_Day(day_of(at), at, at))
    return days


def _of(life: Life, ends: Ends) -> Watched | None:
    """One account; every account has a last day, after which it is silent until it leaves or to the end of time."""
    until = min(ends.left_at.get(life.account_id, ends.of_all), ends.of_all)
    days = _days(life, until + 1)
    active, since, has_passed = Days(), None, False
    returns = []
    for number, day in enumerate(days):
        active.add(day.day)
        patience = rhythm_of(active).patience
        if patience is None:
            continue
        since = day.last_at if since is None else since
        is_last = number + 1 == len(days)
        back_at = until if is_last else days[number + 1].first_at
        has_passed = day.last_at + patience < back_at
        if has_passed and not is_last:
            returns.append(Return(back_at, back_at - day.last_at - patience))
    if since is None:
        return None
    return Watched(
        since, days[-1].last_at, tuple(returns), has_passed, has_passed and life.account_id in ends.churned_at
    )
