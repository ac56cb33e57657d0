"""What of the product an account uses."""

from schemas.time import Instant, day_of
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.inputs import Feeds
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import fed, remembered, signal
from services.scoring.core.state import Account

RECENT_DAYS = 28
LEAST_FEATURES = 2  # one feature no longer used is recency
_LN_21 = ln(21)


@signal
def breadth(account: Account, at: Instant) -> Seen | None:  # noqa: ARG001 - one signature for all signals
    """Few features ever used.

    u = 1 - ln(1 + f) / ln 21. Value: f features. Abstains where no event named a feature. More
    silence never lowers it.
    """
    features = len(account.features.members)
    if not features:
        return None
    return _breadth(features)


@remembered
def _breadth(features: int) -> Seen:
    return Seen(features * 1_000, clip(ONE - ln(1 + features) * ONE // _LN_21))


@signal
def depth(account: Account, at: Instant) -> Seen | None:
    """Features no longer used: of those ever used, the ones used in the last 28 days or today.

    u = 1 - ln(1 + recent) / ln(1 + ever). Value: recent features. Abstains for accounts of fewer than two features.
    More silence never lowers it.
    """
    features = account.features.members
    if len(features) < LEAST_FEATURES:
        return None
    first = day_of(at) - RECENT_DAYS
    return _depth(sum([newest >= first for newest, _ in features.values()]), len(features))


@remembered
def _depth(recent: int, ever: int) -> Seen:
    return Seen(recent * 1_000, clip(ONE - ln(1 + recent) * ONE // ln(1 + ever)))


@fed("key_features")
def key_features_unused(account: Account, at: Instant, feeds: Feeds) -> Seen | None:
    """Key features (the scorecard's `key_features`, events or features) not used in the last 28 days and today.

    u = m / n, with m unused of n key features. Value: m. Abstains where one was not counted all that time. More
    silence never lowers it.
    """
    today = day_of(at)
    tallies = [feed.tally(account, today - RECENT_DAYS) for feed in feeds.key_features]
    known = [tally for tally in tallies if tally is not None]
    if not known or len(known) < len(tallies):
        return None
    unused = sum(not tally.count(today - RECENT_DAYS, today) for tally in known)
    return Seen(unused * 1_000, unused * ONE // len(known))
