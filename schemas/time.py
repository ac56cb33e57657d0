"""Instants and days: how the code counts time, and how time is written on the wire.

Inside, an instant is whole milliseconds since 1970-01-01T00:00:00Z and a day is a whole number of UTC days since then,
so that arithmetic is exact. On the wire both are ISO 8601 text in UTC.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

Instant = int  # milliseconds since the epoch, UTC
Day = int  # days since the epoch, UTC

SECOND: Instant = 1_000
MINUTE: Instant = 60 * SECOND
HOUR: Instant = 60 * MINUTE
DAY: Instant = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)


def instant_of(moment: datetime) -> Instant:
    """Milliseconds since the epoch of an aware datetime; anything finer is cut off, towards the past.

    >>> instant_of(datetime(1970, 1, 2, 0, 0, 0, 1999, tzinfo=UTC))
    86400001
    """
    since = moment - _EPOCH  # not divided by a millisecond: that takes twice as long, and every event comes by here
    return since.days * DAY + since.seconds * SECOND + since.microseconds // 1_000


def moment_of(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant.

    >>> moment_of(86400001)
    datetime.datetime(1970, 1, 2, 0, 0, 0, 1000, tzinfo=datetime.timezone.utc)
    """
    return _EPOCH + instant * _MILLISECOND


def iso(instant: Instant) -> str:
    """ISO 8601 with milliseconds and Z.

    >>> iso(86400001)
    '1970-01-02T00:00:00.001Z'
    """
    return moment_of(instant).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % SECOND:03d}Z"


def parse_iso(text: str) -> Instant:
    """The instant an ISO 8601 text means; a text without an offset is UTC. Raises ValueError.

    >>> parse_iso("1970-01-02T09:00:00+09:00")
    86400000
    """
    moment = datetime.fromisoformat(text)
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def day_of(instant: Instant) -> Day:
    """The UTC day an instant falls in: [opens, closes).

    >>> day_of(DAY - 1), day_of(DAY)
    (0, 1)
    """
    return instant // DAY


@lru_cache(maxsize=4_096)
def shared_day(day: Day) -> Day:
    """The same day, as the one object that all who ask hold: what many states have in common stays at hand.

    >>> shared_day(20_000) is shared_day(10_000 + 10_000)
    True
    """
    return day


def date_of(day: Day) -> date:
    """The calendar date of a day number.

    >>> date_of(1)
    datetime.date(1970, 1, 2)
    """
    return date.fromordinal(day + _EPOCH_ORDINAL)


def day_of_date(day: date) -> Day:
    """The day number of a calendar date.

    >>> day_of_date(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH_ORDINAL
