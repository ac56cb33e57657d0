"""When somebody works: days of the week and hours, in their own time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Final

from schemas.time import Instant, moment_of

EVERY_WEEKDAY: Final = frozenset({1, 2, 3, 4, 5})


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours [opens, closes), and the working days as ISO counts them: 1 is Monday."""

    zone: tzinfo
    opens: time = time(9)
    closes: time = time(18)
    days: frozenset[int] = EVERY_WEEKDAY

    def is_working(self, now: Instant) -> bool:
        """Whether it is a working hour of a working day there.

        >>> from datetime import UTC
        >>> from schemas.time import parse_iso
        >>> utc = Calendar(UTC)
        >>> utc.is_working(parse_iso("2026-11-23T09:00")), utc.is_working(parse_iso("2026-11-23T18:00"))
        (True, False)
        >>> utc.is_working(parse_iso("2026-11-22T12:00"))  # a Sunday
        False
        """
        local = self.local(now)
        return local.isoweekday() in self.days and self.opens <= local.time() < self.closes

    def digest_day(self, now: Instant) -> date | None:
        """The day whose digest is due: a working day that has begun there; None before, and on other days."""
        local = self.local(now)
        return local.date() if local.isoweekday() in self.days and local.time() >= self.opens else None

    def local(self, now: Instant) -> datetime:
        """What their clock says."""
        return moment_of(now).astimezone(self.zone)
