"""What is kept of the events that an input of a scorecard watches: bounded, the same in whatever order they come."""

from bisect import insort
from typing import Any

from schemas.time import Day, Instant
from services.scoring.core.windows import RING_DAYS


class Tally:
    """How often and when the watched events happened.

    `total` over a life; `days`: how many on each of the last `RING_DAYS` days up to the newest; `first`: the days of
    the earliest ones, as many as the input asks for; `last_at` the instant of the newest.

    >>> tally = Tally()
    >>> for day in (100, 98, 100, 5):
    ...     tally.add(day, day * 1_000, keep=2)
    >>> tally.total, tally.days, tally.first, tally.last_at, tally.count(98, 99)
    (4, {100: 2, 98: 1}, [5, 98], 100000, 1)
    """

    __slots__ = ("days", "first", "last_at", "total")

    def __init__(
        self, total: int = 0, last_at: Instant = 0, first: list[Day] | None = None, days: dict[Day, int] | None = None
    ) -> None:
        """Nothing has happened yet, unless told otherwise."""
        self.total = total
        self.last_at = last_at
        self.first = first or []
        self.days = days or {}

    def add(self, day: Day, at: Instant, keep: int) -> None:
        """An event happened; of the earliest `keep` are remembered."""
        self.total += 1
        self.last_at = max(self.last_at, at)
        if len(self.first) < keep or (keep and day < self.first[-1]):
            insort(self.first, day)
            del self.first[keep:]
        newest = max(self.days, default=day)
        if day <= newest - RING_DAYS:
            return
        self.days[day] = self.days.get(day, 0) + 1
        if day >= newest + 1:
            self.days = {one: count for one, count in self.days.items() if one > day - RING_DAYS}

    def count(self, first: Day, last: Day) -> int:
        """Events from `first` to `last`, both included; days that are no longer kept count nothing."""
        days = self.days
        return sum([count for day, count in days.items() if first <= day <= last]) if days else 0

    def packed(self) -> tuple[Any, ...]:
        """What the tally can be made from again."""
        return self.total, self.last_at, self.first, self.days


NONE = Tally()  # of what never happened; nobody adds to it
