"""The events that an account was heard by, as changes and conditions tell of them."""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.changes import Activeness
from schemas.time import Day, Instant, date_of, moment_of
from services.scoring.core.windows import Days

WINDOW_DAYS: Final = 84  # the longest window that signals look at
_date_of = lru_cache(maxsize=4_096)(date_of)


class Heard(NamedTuple):
    """What is told on the days from `opens` on and before `closes`, unless another event comes."""

    opens: Day
    closes: Day
    first_event_at: datetime
    last_event_at: datetime
    silence_deadline: datetime | None
    window: Activeness


def heard_of(active: Days, first_at: Instant, last_at: Instant, deadline: Instant | None, today: Day) -> Heard:
    """What is told of an account that was active on these days, was first and last heard, and may be silent until.

    Its window is another one when its first day leaves, and when a day comes that an event was dated ahead to.

    >>> heard = heard_of(Days(100, 0b101), 0, 0, None, today=110)
    >>> heard.window.active_days, heard.opens, heard.closes
    (2, 110, 185)
    """
    count, first, last = active.span(today - WINDOW_DAYS, today)
    return Heard(
        today,
        first + WINDOW_DAYS + 1 if active.newest <= today else today + 1,
        moment_of(first_at),
        moment_of(last_at),
        None if deadline is None else moment_of(deadline),
        Activeness(WINDOW_DAYS, count, _date_of(first), _date_of(last))
        if count
        else Activeness(WINDOW_DAYS, 0, None, None),
    )
