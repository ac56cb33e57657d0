"""Who in an account is active."""

from schemas.time import Instant, day_of
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.signals.registry import Seen, signal
from services.scoring.core.state import Account
from services.scoring.core.windows import was_active

RECENT_DAYS = 28
LEAST_USERS = 2  # one user gone quiet is recency


@signal
def active_users(account: Account, at: Instant) -> Seen | None:
    """Users gone quiet: the share of users ever seen who were not active in the last 28 days and today.

    u = 1 - ln(1 + active) / ln(1 + ever). Value: active users. Abstains for accounts of fewer than two users, where
    it would say what recency says.
    """
    users = account.users.members
    if len(users) < LEAST_USERS:
        return None
    today = day_of(at)
    active = sum(was_active(newest, mask, today - RECENT_DAYS, today) for newest, mask in users.values())
    return Seen(active * 1_000, clip(ONE - ln(1 + active) * ONE // ln(1 + len(users))))
