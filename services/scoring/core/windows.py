"""Windows over whole days: counts in a ring, and sets of days as the bits of an integer.

Both are commutative: events of a day may come in any order, also late or as backfill, and leave the same window.
"""

from itertools import accumulate
from operator import sub

from schemas.time import Day

RING_DAYS = 92  # about three months
USER_DAYS = 64  # a user's days fit in one machine word
_SLOTS = RING_DAYS + 1  # the sum before the oldest day is needed, too


class DayCounts:
    """Events a day over the last `RING_DAYS` days of activity.

    Older days are forgotten, and are refused when they come late.

    >>> counts = DayCounts()
    >>> counts.add(100), counts.add(98), counts.add(100), counts.add(100 - RING_DAYS)
    (None, None, None, None)
    >>> counts.total(99, 100), counts.total(0, 100)
    (2, 3)
    """

    __slots__ = ("_upto", "newest", "so_far")

    def __init__(self, newest: Day = 0, counts: list[int] | None = None) -> None:
        """`counts[day % RING_DAYS]` is the count of `day`, for the `RING_DAYS` days that end with `newest`."""
        self.newest = newest
        in_order = _turned(counts, newest + 1) if counts else [0] * RING_DAYS
        self._upto = _turned([0, *accumulate(in_order)], -newest - 1)  # [day % _SLOTS]: events up to the end of it
        self.so_far = self._upto[newest % _SLOTS]  # up to now: the newest day's place is filled once it is over

    @property
    def counts(self) -> list[int]:
        """The counts, as they were given."""
        upto = _turned(self._upto, self.newest + 1)
        upto[-1] = self.so_far
        return _turned(list(map(sub, upto[1:], upto)), -self.newest - 1)

    def add(self, day: Day) -> None:
        """Count an event on `day`."""
        newest = self.newest
        if day == newest:
            self.so_far += 1
        elif day > newest:
            so_far, upto = self.so_far, self._upto
            if day - newest > RING_DAYS:
                upto[:] = [so_far] * _SLOTS
            else:
                for passed in range(newest, day):
                    upto[passed % _SLOTS] = so_far
            self.so_far, self.newest = so_far + 1, day
        elif day > newest - RING_DAYS:
            self.so_far += 1
            for later in range(day, newest):
                self._upto[later % _SLOTS] += 1

    def last(self, days: int) -> int:
        """Events of the newest day and the `days` before it, fewer than `RING_DAYS`."""
        return self.so_far - self._upto[(self.newest - days - 1) % _SLOTS]

    def total(self, first: Day, last: Day) -> int:
        """Events from `first` to `last`, both included; days outside the ring count nothing."""
        newest, before = self.newest, first - 1
        if before < newest - RING_DAYS:  # noqa: PLR1730 - max() is slow, and this is hot
            before = newest - RING_DAYS
        if last >= newest:
            return self.so_far - self._upto[before % _SLOTS] if before < newest else 0
        return self._upto[last % _SLOTS] - self._upto[before % _SLOTS] if before < last else 0


def _turned(ring: list[int], place: int) -> list[int]:
    """A ring, as a list that begins at a place of it."""
    place %= len(ring)
    return ring[place:] + ring[:place]


class Days:
    """A set of days without a horizon: bit i of `mask` is day `origin + i`. A year takes 46 bytes.

    >>> days = Days()
    >>> days.add(10), days.add(7), days.add(10)
    (True, True, False)
    >>> days.origin, bin(days.mask), days.newest, days.count
    (7, '0b1001', 10, 2)
    """

    __slots__ = ("mask", "newest", "origin")

    def __init__(self, origin: Day = 0, mask: int = 0) -> None:
        """Bit 0 of a mask that is not 0 is set: `origin` is the first day of the set and `newest` the last."""
        self.origin = origin
        self.mask = mask
        self.newest: Day = origin + mask.bit_length() - 1

    def add(self, day: Day) -> bool:
        """Put a day into the set; whether it is new there."""
        if not self.mask:
            self.origin, self.newest, self.mask = day, day, 1
            return True
        if day == self.newest:
            return False
        if day < self.origin:
            self.mask = self.mask << (self.origin - day) | 1
            self.origin = day
            return True
        bit = 1 << (day - self.origin)
        if self.mask & bit:
            return False
        self.mask |= bit
        self.newest = max(self.newest, day)
        return True

    def span(self, first: Day, last: Day) -> tuple[int, Day, Day]:
        """How many days of the set are from `first` to `last`, both included, then the first and the last of them.

        >>> Days(100, 0b10111).span(101, 110)
        (3, 101, 104)
        """
        first = max(first, self.origin)
        if first > last:
            return 0, first, last
        days = self.mask >> (first - self.origin) & ((1 << (last - first + 1)) - 1)
        lowest = days & -days
        return days.bit_count(), first + lowest.bit_length() - 1, first + days.bit_length() - 1

    @property
    def count(self) -> int:
        """How many days the set has."""
        return self.mask.bit_count()

    def last(self, days: int) -> int:
        """How many of the newest day and the `days` before it the set has.

        >>> Days(100, 0b10111).last(2)
        2
        """
        beyond = self.newest - self.origin - days
        return (self.mask >> beyond if beyond > 0 else self.mask).bit_count()

    def count_between(self, first: Day, last: Day) -> int:
        """How many days the set has from `first` to `last`, both included.

        >>> Days(100, 0b10111).count_between(101, 103), Days(100, 0b10111).count_between(0, 99)
        (2, 0)
        """
        first = max(first, self.origin)
        if first > last:
            return 0
        return (self.mask >> (first - self.origin) & ((1 << (last - first + 1)) - 1)).bit_count()


def mark(newest: Day, mask: int, day: Day) -> tuple[Day, int]:
    """Add a day to a user's days: bit i of `mask` is day `newest - i`, the oldest are forgotten.

    >>> mark(100, 0b1, 102)
    (102, 5)
    >>> mark(102, 0b101, 101)
    (102, 7)
    """
    if day > newest:
        return day, (mask << min(day - newest, USER_DAYS) | 1) & ((1 << USER_DAYS) - 1)
    age = newest - day
    return newest, mask | 1 << age if age < USER_DAYS else mask


def was_active(newest: Day, mask: int, first: Day, last: Day) -> bool:
    """Whether a user was active on a day from `first` to `last`, both included.

    >>> was_active(100, 0b101, 99, 99), was_active(100, 0b101, 97, 98)
    (False, True)
    """
    youngest = max(0, newest - last)
    oldest = newest - first
    return oldest >= youngest and mask >> youngest & ((1 << (oldest - youngest + 1)) - 1) != 0
