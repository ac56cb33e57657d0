"""Single fields of what is sent: ids, names and times, cleaned or refused."""

from functools import lru_cache

from schemas.dead_letters import DeadLetterReason
from schemas.text import LONGEST, flaw
from schemas.time import DAY, Instant, parse_iso
from services.ingest.core.verdict import Unusable

_FIRST_MILLISECONDS = (
    100_000_000_000  # 1973-03-03 in milliseconds, the year 5138 in seconds: below it, seconds are meant
)
_DIGITS = range(12, 15)  # of milliseconds since 1970, as text (8 digits are a date in ISO 8601's basic form)
_SHOWN = 40  # characters of a wrong value that an explanation repeats
_LAST = 4_102_444_800_000  # 2100-01-01: past every event, and before what calendars cannot hold
_WAYS = "send ISO 8601, such as 2026-11-22T01:02:03Z, or milliseconds since 1970"


def text(field: str, value: str | float) -> str:
    """An id or a name, trimmed: a sheet and a program must mean the same account. Raises `Unusable`.

    >>> text("account_id", " acme "), text("account_id", 42)
    ('acme', '42')
    """
    if isinstance(value, float):
        raise Unusable(DeadLetterReason.INVALID, f"{field} {value} has a fraction: send it as text")
    cleaned = str(value).strip()
    wrong = flaw(cleaned)
    if wrong:
        raise Unusable(DeadLetterReason.INVALID, f"{field} {wrong}")
    return cleaned


@lru_cache(maxsize=65_536, typed=True)
def known_text(field: str, value: str | float | None) -> str | None:
    """As `optional_text`, for what is said again and again: whose event it is, and what happened. Raises `Unusable`."""
    return optional_text(field, value)


def optional_text(field: str, value: str | float | None) -> str | None:
    """As `text`; nothing, and nothing but white space, are None. Raises `Unusable`.

    >>> optional_text("feature", "  ")
    """
    if value is None:
        return None
    if isinstance(value, str):
        if 0 < len(value) <= LONGEST and value.isprintable() and value == value.strip():
            return value  # nearly always, and four times as quick as asking what is wrong
        if not value.strip():
            return None
    return text(field, value)


def instant(field: str, value: str | float) -> Instant:
    """The instant that an ISO 8601 text, or a number of milliseconds, means. Raises `Unusable`.

    >>> instant("timestamp", "2026-11-22T10:02:03+09:00") == instant("timestamp", 1795309323000)
    True
    """
    if isinstance(value, str):
        value = value.strip()
        is_number = value.isdigit() and value.isascii() and len(value) in _DIGITS
        found = int(value) if is_number else _from_iso(field, value)
    else:
        found = int(value)
    if abs(found) < _FIRST_MILLISECONDS and not isinstance(value, str):
        raise Unusable(DeadLetterReason.INVALID, f"{field} {value} looks like seconds: {_WAYS}")
    if not 0 <= found < _LAST:
        raise Unusable(DeadLetterReason.INVALID, f"{field} {value} lies outside 1970 to 2100: {_WAYS}")
    return found


def instant_or_none(value: object) -> Instant | None:
    """The instant that a value means; None where it means none. For what helps, and is not needed.

    >>> instant_or_none("1970-01-02"), instant_or_none("soon"), instant_or_none(None)
    (86400000, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return instant("", value)
    except Unusable:
        return None


def days(length: Instant) -> str:
    """A length of time in words.

    >>> days(3 * DAY), days(DAY // 4)
    ('3 days', '6 hours')
    """
    whole = length // DAY
    return f"{whole} days" if whole > 1 else f"{length * 24 // DAY} hours"


def _from_iso(field: str, value: str) -> Instant:
    try:
        return parse_iso(value)
    except ValueError:
        shown = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
        raise Unusable(DeadLetterReason.INVALID, f"{field} {shown!r} is not a time: {_WAYS}") from None
