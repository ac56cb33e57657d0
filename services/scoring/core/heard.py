"""The events that an account was heard by, as changes and conditions tell of them."""

from datetime import datetime
from functools import lru_cache
from typing import Final

from schemas.changes import Activeness
from schemas.time import Day, Instant, date_of, moment_of
from services.scoring.core.windows import Days

WINDOW_DAYS: Final = 84  # the longest window that signals look at
_date_of = lru_cache(maxsize=4_096)(date_of)


class Heard:
    """What is told of an account that has been heard. As a rule most of it is what was told last, and is kept.

    >>> heard = Heard()
    >>> heard.update(Days(100, 0b101), first_at=0, last_at=0, deadline=None, today=110)
    >>> heard.window.active_days, heard.silence_deadline
    (2, None)
    """

    __slots__ = (
        *("first_event_at", "last_event_at", "silence_deadline", "window"),
        *("_active", "_closes", "_deadline", "_first_at", "_last_at", "_opens"),
    )

    def __init__(self) -> None:
        """Nothing was ever heard."""
        self.first_event_at: datetime | None = None
        self.last_event_at: datetime | None = None
        self.silence_deadline: datetime | None = None
        self.window: Activeness | None = None
        self._first_at: Instant | None = None  # what these were made of
        self._last_at: Instant | None = None
        self._deadline: Instant | None = None
        self._active = 0  # the mask of the days of the window
        self._opens = self._closes = 0  # the days on which it is the window

    def update(self, active: Days, first_at: Instant, last_at: Instant, deadline: Instant | None, today: Day) -> None:
        """Today it has been active on these days, first and last heard at these instants, and may be silent until."""
        if last_at != self._last_at:
            self._last_at, self.last_event_at = last_at, moment_of(last_at)
        if deadline != self._deadline:
            self._deadline, self.silence_deadline = deadline, None if deadline is None else moment_of(deadline)
        if first_at != self._first_at:
            self._first_at, self.first_event_at = first_at, moment_of(first_at)
        if active.mask != self._active or not self._opens <= today < self._closes:
            self._look_back(active, today)

    def _look_back(self, active: Days, today: Day) -> None:
        """The window is another one when its first day leaves, or a day comes that an event was dated ahead to."""
        count, first, last = active.span(today - WINDOW_DAYS, today)
        days = (_date_of(first), _date_of(last)) if count else (None, None)
        self.window = Activeness(WINDOW_DAYS, count, *days)
        self._active, self._opens = active.mask, today
        self._closes = first + WINDOW_DAYS + 1 if active.newest <= today else today + 1


NOTHING_HEARD: Final = Heard()
