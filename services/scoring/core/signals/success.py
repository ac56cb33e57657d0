"""Whether an account has come to where the value of the product shows: value points, the winning pattern."""

from schemas.time import Day
from services.scoring.core.fixed import ONE
from services.scoring.core.inputs import Feed, Feeds
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import fed
from services.scoring.core.state import Account


@fed("value_points")
def value_points(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Value points of the scorecard that an account has missed: not reached, and the deadline has passed.

    u = m / n, with m missed of n value points that are known; one that was not counted from the account's first event
    on, and has not been reached, is not known. Value: m. More silence never lowers it.
    """
    known = [(point, feed) for point, feed in feeds.value_points if is_known(account, feed)]
    if not known:
        return None
    missed = sum(
        today > account.active.origin + point.within_days and _is_ahead(account, feed, today) for point, feed in known
    )
    return Seen(float(missed), missed * ONE // len(known))


@fed("winning_pattern")
def winning_pattern(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """How far an account is from the winning pattern of the scorecard, which once reached is reached for good.

    u = m / n, with m of its n milestones not reached. Value: m. Abstains where a milestone was not counted from the
    account's first event on, and has not been reached. More silence never lowers it.
    """
    milestones = feeds.winning_pattern
    if not milestones or not all(is_known(account, feed) for feed in milestones):
        return None
    missing = sum(_is_ahead(account, feed, today) for feed in milestones)
    return Seen(float(missing), missing * ONE // len(milestones))


def is_known(account: Account, feed: Feed) -> bool:
    """Whether one can say if an account has ever done this: it has been counted from its first event on, or it has."""
    return feed.tally(account, account.active.origin) is not None or feed.reached_on(account) is not None


def _is_ahead(account: Account, feed: Feed, today: Day) -> bool:
    reached = feed.reached_on(account)
    return reached is None or reached > today
