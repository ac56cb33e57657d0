"""What of the product an account uses."""

from schemas.time import Day
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.inputs import Feeds
from services.scoring.core.novelty import FEATURE
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import fed, moved_by, remembered, signal
from services.scoring.core.state import Account
from services.scoring.core.tally import Tally

RECENT_DAYS = 28
LEAST_FEATURES = 2  # one feature no longer used is recency
_LN_21, _LN_1001 = ln(21), ln(1_001)


@moved_by(FEATURE)
def breadth(account: Account, today: Day) -> Seen | None:  # noqa: ARG001 - one signature for all signals
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
    return Seen(float(features), clip(ONE - ln(1 + features) * ONE // _LN_21))


@signal
def depth(account: Account, today: Day) -> Seen | None:
    """Features no longer used: of those ever used, the ones used in the last 28 days or today.

    u = 1 - ln(1 + recent) / ln(1 + ever). Value: recent features. Abstains for accounts of fewer than two features.
    More silence never lowers it.
    """
    features = account.features.members
    if len(features) < LEAST_FEATURES:
        return None
    first = today - RECENT_DAYS
    return _depth(sum([newest >= first for newest, _ in features.values()]), len(features))


@remembered
def _depth(recent: int, ever: int) -> Seen:
    return Seen(float(recent), clip(ONE - ln(1 + recent) * ONE // ln(1 + ever)))


@fed("key_features")
def key_features_unused(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Key features (the scorecard's `key_features`, events or features) not used in the last 28 days and today.

    u = m / n, with m unused of n key features. Value: m. Abstains where one was not counted all that time. More
    silence never lowers it.
    """
    tallies = _tallies(account, today, feeds)
    if tallies is None:
        return None
    unused = sum(not tally.count(today - RECENT_DAYS, today) for tally in tallies)
    return Seen(float(unused), unused * ONE // len(tallies))


@fed("key_features")
def key_level(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Few events of key features (the scorecard's `key_features`, events or features) in the last 28 days and today.

    u = 1 - ln(1 + n) / ln 1001. Value: n events; one that two of the key features name counts as two. Abstains where
    one was not counted all that time. More silence never lowers it.
    """
    tallies = _tallies(account, today, feeds)
    return None if tallies is None else _key_level(sum([tally.count(today - RECENT_DAYS, today) for tally in tallies]))


@remembered
def _key_level(events: int) -> Seen:
    return Seen(float(events), clip(ONE - ln(1 + events) * ONE // _LN_1001))


def _tallies(account: Account, today: Day, feeds: Feeds) -> list[Tally] | None:
    """What was counted of each key feature; None where one was not counted in all of the last 28 days."""
    found = [feed.tally(account, today - RECENT_DAYS) for feed in feeds.key_features]
    tallies = [tally for tally in found if tally is not None]
    return tallies if tallies and len(tallies) == len(found) else None
