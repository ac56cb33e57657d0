"""What is agreed and said between people: the renewal ahead, the last contact."""

from schemas.activity import FACT_FIELDS
from schemas.time import Day, day_of, day_of_date
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import signal
from services.scoring.core.state import Account

_RENEWAL = FACT_FIELDS.index("renewal_on")


@signal
def renewal_distance(account: Account, today: Day) -> Seen | None:
    """How near the renewal is.

    u = 1 - ln(1 + d) / ln 91, with d days until it. Value: d. Abstains where no renewal is ahead.
    """
    renewal = account.told[_RENEWAL]
    days = -1 if renewal is None else day_of_date(renewal) - today
    return None if days < 0 else Seen(float(days), clip(ONE - ln(1 + days) * ONE // ln(91)))


@signal
def contact_distance(account: Account, today: Day) -> Seen | None:
    """How long ago somebody of ours spoke with the account.

    u = ln(1 + d) / ln 181, with d days since the last contact on record. Value: d. Abstains where there is none. More
    silence never lowers it.
    """
    if account.contact_at is None:
        return None
    days = max(0, today - day_of(account.contact_at))
    return Seen(float(days), clip(ln(1 + days) * ONE // ln(181)))
