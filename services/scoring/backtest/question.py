"""The question asked of a score at a date.

Of the accounts that are at least `min_age` old, had an event in the last `active_within` and have not churned, which
ones churn within the next `horizon`? Only what happened before the date may be used.
"""

from dataclasses import dataclass

from schemas.time import DAY, Instant


@dataclass(frozen=True, slots=True)
class Question:
    """The dates at which it is asked, rising, and its three lengths in milliseconds."""

    dates: tuple[Instant, ...]
    horizon: Instant
    active_within: Instant = 28 * DAY
    min_age: Instant = 28 * DAY

    def asks_about(self, at: Instant, first_at: Instant, last_at: Instant, churned_at: Instant | None) -> bool:
        """Whether an account of that first and (before `at`) last event is asked about at `at`.

        >>> week = Question((), horizon=7 * DAY, active_within=7 * DAY, min_age=7 * DAY)
        >>> week.asks_about(14 * DAY, 7 * DAY, 7 * DAY, None), week.asks_about(14 * DAY, 8 * DAY, 9 * DAY, None)
        (True, False)
        >>> week.asks_about(14 * DAY, 0, 6 * DAY, None), week.asks_about(14 * DAY, 0, 13 * DAY, 14 * DAY)
        (False, False)
        """
        if churned_at is not None and churned_at <= at:
            return False
        return first_at <= at - self.min_age and last_at >= at - self.active_within

    def is_positive(self, at: Instant, churned_at: Instant | None) -> bool:
        """Whether the answer is yes: churned in (at, at + horizon]."""
        return churned_at is not None and at < churned_at <= at + self.horizon
