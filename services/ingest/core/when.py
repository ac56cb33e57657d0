"""When something happened: what its sender says, held against its sender's clock and ours.

| what                                        | outcome                                                       |
|---------------------------------------------|---------------------------------------------------------------|
| no time                                     | when it was received; recorded as `missing`                   |
| the sender's `sentAt` is a minute off       | moved by as much as their clock is off; recorded as `skewed`  |
| up to 5 min ahead                           | as it says: clocks differ                                     |
| up to a day ahead                           | when it was received; recorded as `ahead`                     |
| more than a day ahead                       | refused: too_early                                            |

Recorded means: `adjusted` of the event says why, and what the sender had said.
"""

from typing import NamedTuple

from schemas.activity import Adjusted, Adjustment
from schemas.dead_letters import DeadLetterReason
from schemas.time import DAY, MINUTE, Instant, iso, moment_of
from services.ingest.core.fields import days, instant
from services.ingest.core.verdict import Unusable

SKEW_TOLERANCE = MINUTE  # a request may be under way for seconds: shorter than this is no skew
CLOCK_TOLERANCE = 5 * MINUTE  # clocks of well-kept machines agree within seconds; phones within minutes
EARLIEST_AHEAD = DAY  # a wrong time zone is at most 14 h ahead: past a day it is no clock, but a wrong date

_MISSING = Adjusted(why=Adjustment.MISSING)


class When(NamedTuple):
    """When something happened, and what was done to what its sender said."""

    at: Instant
    adjusted: Adjusted | None = None


def when(field: str, value: str | float | None, received_at: Instant, sent_at: Instant | None = None) -> When:
    """When something happened that says `value` in `field`. Raises `Unusable`.

    `sent_at`: by the sender's clock, at which it was sent.

    >>> when("timestamp", "1970-01-02T00:00:00Z", received_at=3 * DAY, sent_at=2 * DAY).at == 2 * DAY
    True
    """
    if value is None:
        return When(received_at, _MISSING)
    stated = instant(field, value)
    skew = 0 if sent_at is None else received_at - sent_at
    at = stated if -SKEW_TOLERANCE <= skew <= SKEW_TOLERANCE else stated + skew
    ahead = at - received_at
    if ahead <= CLOCK_TOLERANCE:
        if at == stated:
            return When(at)
        if at < 0:
            raise Unusable(DeadLetterReason.INVALID, f"{field} is before 1970 once the sender's clock is corrected")
        return When(at, Adjusted(why=Adjustment.SKEWED, stated_at=moment_of(stated)))
    if ahead <= EARLIEST_AHEAD:
        return When(received_at, Adjusted(why=Adjustment.AHEAD, stated_at=moment_of(stated)))
    raise Unusable(
        DeadLetterReason.TOO_EARLY,
        f"{field} {iso(stated)} is {days(ahead)} ahead of its arrival: send the time at which it happened",
    )
