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


def silences(file: Path, ends: Ends) -> Silences:
    """The silences of the accounts of one group."""
    return together(_of(life, ends) for life in lives(file))


def together(parts: Iterable[Silences]) -> Silences:
    """Several as one."""
    accounts = came_back = churned = gone = 0
    months = 0.0
    for part in parts:
        accounts, months = accounts + part.accounts, months + part.months
        came_back, churned, gone = came_back + part.came_back, churned + part.churned, gone + part.gone
    return Silences(accounts, months, came_back, churned, gone)


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


def _of(life: Life, ends: Ends) -> Silences:
    """One account; every account has a last day, after which it is silent until it leaves or to the end of time."""
    until = min(ends.left_at.get(life.account_id, ends.of_all), ends.of_all)
    days = _days(life, until + 1)
    active, since, came_back, has_passed = Days(), None, 0, False
    for number, day in enumerate(days):
        active.add(day.day)
        patience = rhythm_of(active).patience
        if patience is None:
            continue
        since = day.last_at if since is None else since
        is_last = number + 1 == len(days)
        has_passed = day.last_at + patience < (until if is_last else days[number + 1].first_at)
        came_back += has_passed and not is_last
    if since is None:
        return Silences(0, 0.0, 0, 0, 0)
    watched = (days[-1].last_at - since) / MONTH
    churned = has_passed and life.account_id in ends.churned_at
    return Silences(1, watched, came_back, int(churned), int(has_passed and not churned))
