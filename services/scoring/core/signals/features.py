"""What of the product an account uses."""

from schemas.time import Instant
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import signal
from services.scoring.core.state import Account

_LN_21 = ln(21)


@signal
def breadth(account: Account, at: Instant) -> Seen | None:  # noqa: ARG001 - one signature for all signals
    """Few features ever used.

    u = 1 - ln(1 + f) / ln 21. Value: f features. Abstains where no event named a feature.
    """
    features = len(account.features.members)
    if not features:
        return None
    return Seen(features * 1_000, clip(ONE - ln(1 + features) * ONE // _LN_21))
