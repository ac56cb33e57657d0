"""The state of an account in the reference job, as plain Python has it: lists of hours and of days. For the peers."""

from datetime import UTC, datetime

HOURS, DAYS = 24, 30
EVERY = 8  # an output for every eighth event of an account within an hour
CLOSING = "closing"  # and for its last one of all, which bears this name

_HOURS: dict[str, int] = {}


def hour_of(occurred_at: str) -> int:
    """Hours since 1970 of an ISO 8601 text in UTC."""
    text = occurred_at[:13]
    hour = _HOURS.get(text)
    if hour is None:
        hour = _HOURS[text] = int(datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC).timestamp()) // 3_600
    return hour


def roll(of_hours: list[int], of_days: list[int], before: int, hour: int) -> None:
    """Time has come from the hour `before` to `hour`: what has become too old is forgotten."""
    for passed in range(max(before + 1, hour - HOURS + 1), hour + 1):
        of_hours[passed % HOURS] = 0
    day = hour // 24
    for passed in range(max(before // 24 + 1, day - DAYS + 1), day + 1):
        of_days[passed % DAYS] = 0


def risk_of(count: int) -> float:
    """A number that saturates, in place of a score."""
    return count / (count + 50.0)
