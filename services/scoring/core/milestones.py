"""What of the scorecard's value points and winning pattern an account has reached."""

from schemas.changes import Progress, ValuePointProgress
from schemas.time import DAY, Day, Instant, date_of, day_of
from services.scoring.core.inputs import Feeds
from services.scoring.core.judgements import holding
from services.scoring.core.reading import NOTHING_STANDS, Reached, Standing
from services.scoring.core.signals.success import is_known
from services.scoring.core.state import Account


def standing_of(account: Account, at: Instant, feeds: Feeds) -> Standing:
    """What holds of an account at an instant beside its score; as a rule nothing."""
    override, mute = account.override, account.mute
    if override is None and mute is None and not feeds.value_points and not feeds.winning_pattern:
        return NOTHING_STANDS
    return Standing(holding(override, at), holding(mute, at), reached(account, at, feeds))


def reached(account: Account, at: Instant, feeds: Feeds) -> Reached:
    """How far an account has come."""
    if account.first_at is None or not (feeds.value_points or feeds.winning_pattern):
        return Reached()
    today, start = day_of(at), account.active.origin
    days = [feed.reached_on(account) for feed in feeds.winning_pattern]
    complete = [day for day in days if day is not None]
    return Reached(
        tuple(feed.reached_on(account) for _, feed in feeds.value_points),
        tuple(today > start + point.within_days for point, _ in feeds.value_points),
        max(complete) if complete and len(complete) == len(days) else None,
    )


def deadline(account: Account, at: Instant, feeds: Feeds) -> Instant | None:
    """The next instant after `at` at which a value point that has not been reached is missed."""
    if account.first_at is None:
        return None
    ends = [
        (account.active.origin + point.within_days + 1) * DAY
        for point, feed in feeds.value_points
        if feed.reached_on(account) is None
    ]
    return min((end for end in ends if end > at), default=None)


def progress(account: Account, state: Reached, feeds: Feeds) -> tuple[ValuePointProgress, ...]:
    """The value points as a change says them."""
    return tuple(
        ValuePointProgress(
            name=point.name,
            progress=_progress(day, is_overdue=is_overdue, is_counted=is_known(account, feed)),
            due_on=date_of(account.active.origin + point.within_days),
            reached_on=None if day is None else date_of(day),
        )
        for (point, feed), day, is_overdue in zip(feeds.value_points, state.points, state.overdue, strict=False)
    )


def _progress(day: Day | None, *, is_overdue: bool, is_counted: bool) -> Progress:
    if day is not None:
        return Progress.REACHED
    if not is_counted:
        return Progress.UNCOUNTED
    return Progress.MISSED if is_overdue else Progress.PENDING
