"""Who in an account is active."""

from schemas.time import Instant, day_of
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import signal
from services.scoring.core.state import Account

RECENT_DAYS = 28
LEAST_USERS = 2  # one user gone quiet is recency


@signal
def active_users(account: Account, at: Instant) -> Seen | None:
    """Users gone quiet: the share of users ever seen who were not active in the last 28 days and today.

    u = 1 - ln(1 + active) / ln(1 + ever). Value: active users. Abstains for accounts of fewer than two users, where
    it would say what recency says.
    """
    users = account.users
    ever = len(users.members)
    if ever < LEAST_USERS:
        return None
    active = users.active(day_of(at), RECENT_DAYS)
    return Seen(active * 1_000, clip(ONE - ln(1 + active) * ONE // ln(1 + ever)))
