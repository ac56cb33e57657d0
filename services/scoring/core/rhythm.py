"""An account's own rhythm: how long it is usually away, and when silence becomes news.

Gaps are whole days between active days; what is modelled is their logarithm, shrunk towards a population of weekly
users, so that two gaps do not make a rhythm.
"""

from functools import lru_cache
from operator import mul

from schemas.time import DAY, Instant
from schemas.value import Value
from services.scoring.core.fixed import ONE, exp, ln, lns, sqrt, student_quantile
from services.scoring.core.windows import Days

GAPS = 32  # the last ones: a rhythm of two years ago is not a rhythm
GAPS_FOR_A_DEADLINE = 8
PRIOR_WEIGHT = 3
PRIOR_MEAN = ln(7)
PRIOR_DEVIATION = 1_200_000
FALSE_ALARMS_PER_MONTH = 100_000  # micro: a deadline passed without meaning anything, per account and month
LARGEST_TAIL = 250_000
DAYS_A_MONTH = 30_400_000  # micro


class Rhythm(Value, frozen=True):
    """What is known of an account's gaps. `mean` and `deviation` are of their logarithm, in micro."""

    gaps: int
    mean: int
    deviation: int
    patience: Instant | None  # the silence that is news, in milliseconds; None below GAPS_FOR_A_DEADLINE


def last_gaps(active: Days) -> tuple[int, ...]:
    """The last gaps between active days, newest first, at most `GAPS`; each at least 1 day.

    >>> last_gaps(Days(100, 0b100011))
    (4, 1)
    """
    spells = f"{active.mask:b}".replace("1", "10").split("1", GAPS + 1)  # the newest first; a day counts into its gap
    return tuple(map(len, spells[1:-1]))


def rhythm_of(active: Days) -> Rhythm:
    """The rhythm of an account that has been active.

    The patience D solves P(gap > D) = q for a log-normal gap whose parameters are estimated from n gaps: D = exp(m +
    t(1-q, n-1) s sqrt(1 + 1/n)), with q = min(1/4, budget x mean gap / month), the tail that spends the budget of
    false alarms. A prediction interval for one more observation (Student's t).
    """
    return _rhythm_of(last_gaps(active))


@lru_cache(maxsize=16_384)  # of those who come every day, or every working day, most have the same gaps
def _rhythm_of(gaps: tuple[int, ...]) -> Rhythm:
    n = len(gaps)
    logs = lns(gaps)
    total, weight = sum(logs), n + PRIOR_WEIGHT
    mean = (total + PRIOR_WEIGHT * PRIOR_MEAN) // weight
    squares = sum(map(mul, logs, logs)) - 2 * mean * total + n * mean * mean  # of what they are off the mean
    spread = squares + PRIOR_WEIGHT * PRIOR_DEVIATION**2
    deviation = max(1, sqrt(spread // weight // ONE))
    if n < GAPS_FOR_A_DEADLINE:
        return Rhythm(n, mean, deviation, None)
    return Rhythm(n, mean, deviation, exp(mean + _reach(n, sum(gaps)) * deviation // ONE) * DAY // ONE)


@lru_cache(maxsize=4_096)
def _reach(n: int, days: int) -> int:
    """How many deviations of n gaps, so many days together, a gap that is news is longer than the mean; in micro."""
    tail = min(LARGEST_TAIL, FALSE_ALARMS_PER_MONTH * ONE * days // (n * DAYS_A_MONTH))
    return student_quantile(tail, n - 1) * sqrt(ONE + ONE // n) // ONE


def silence_deadline(active: Days, last_at: Instant) -> Instant | None:
    """When the silence of an account last seen at `last_at` becomes news.

    None while it has no rhythm of its own yet.
    """
    patience = rhythm_of(active).patience
    return None if patience is None else last_at + patience


def surprise(rhythm: Rhythm, silent_days: int) -> int:
    """How unusual a silence of whole days is: standard deviations of the log-gap above its mean, in micro."""
    return (ln(silent_days or 1) - rhythm.mean) * ONE // rhythm.deviation
