"""How often and how much an account is active, for its age, lately, and beside its own past."""

from schemas.time import Day, Instant, day_of
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.reading import Seen
from services.scoring.core.rhythm import surprise
from services.scoring.core.signals.registry import live_signal, signal
from services.scoring.core.state import Account
from services.scoring.core.windows import Days, monday_of

LEVEL_DAYS = 28
WEEKS = 12
CUSUM_SHARE = 721_000  # micro: the reference between a mean and half of it, as a share of the mean

_LN_ONE, _LN_13, _LN_91, _LN_200, _LN_1001 = map(ln, (ONE, 13, 91, 200, 1_001))


@signal
def life_rate(account: Account, at: Instant) -> Seen | None:
    """Few active days for its age.

    u = ln((age + 7) / (x + 1/2)) / ln 200, with x active days since the first event and age in days. Value: active
    days per 30 days of age. A young account is not punished: the 7 days are its allowance. After Fader and Hardie's
    frequency.
    """
    age = max(0, day_of(at) - account.active.origin)
    active = account.active.count
    return Seen(active * 30_000 // (age + 1), clip((ln(2 * age + 14) - ln(2 * active + 1)) * ONE // _LN_200))


@signal
def recency(account: Account, at: Instant) -> Seen | None:
    """Days since the last active day.

    u = ln(1 + r) / ln 91. Value: r in days.
    """
    away = _days_away(account, at)
    return Seen(away * 1_000, clip(ln(1 + away) * ONE // _LN_91))


@live_signal
def silence(account: Account, at: Instant) -> Seen | None:
    """Silence against the account's own rhythm.

    u is half of (z + 1) / 5, with z standard deviations by which the silence exceeds the account's usual log-gap, and
    half of whether its own deadline has passed (rhythm.py). An account without a deadline of its own yet has the
    first half alone, counted twice. Value: days since the last active day.
    """
    away = _days_away(account, at)
    ramp = clip((surprise(account.rhythm, away) + ONE) // 5)
    deadline = account.silence_deadline
    if deadline is None:
        return Seen(away * 1_000, ramp)
    return Seen(away * 1_000, (ramp + (ONE if at >= deadline else 0)) // 2)


@live_signal
def level(account: Account, at: Instant) -> Seen | None:
    """Few events in the last 28 days and today.

    u = 1 - ln(1 + n) / ln 1001. Value: n events.
    """
    today = day_of(at)
    events = account.daily.total(today - LEVEL_DAYS, today)
    return Seen(events * 1_000, clip(ONE - ln(1 + events) * ONE // _LN_1001))


@signal
def decline(account: Account, at: Instant) -> Seen | None:
    """A slow, sustained fall of active days against the account's own past.

    Lower-sided Poisson CUSUM over the last 12 calendar weeks (Monday to Sunday) that are over and whole in the
    account's life, oldest first: S = max(0, S + 0.721 mu - x), with x the active days of the week and mu = (active
    days of earlier weeks + 1) / (earlier weeks + 1), itself a mean of the account's own. 0.721 = (1 - 1/2) / ln 2:
    the reference between mu and half of it (Lucas 1985). u = ln(1 + S) / ln 13. Value: S in days.
    """
    monday = monday_of(day_of(at))
    if account.weekly is None or account.weekly[0] != monday:
        account.weekly = monday, _decline(account.active, monday)
    return account.weekly[1]


def _decline(active: Days, monday: Day) -> Seen:
    weeks = max(0, min(WEEKS, (monday - active.origin) // 7))
    days = active.mask >> max(0, monday - 7 * weeks - active.origin)
    earlier = short = 0
    for passed in range(1, weeks + 1):
        x = (days & 0b1111111).bit_count()
        days >>= 7
        short = max(0, short + CUSUM_SHARE * (earlier + 1) // passed - x * ONE)
        earlier += x
    return Seen(short // 1_000, clip((ln(ONE + short) - _LN_ONE) * ONE // _LN_13))


_LN_ONE, _LN_13, _LN_91, _LN_200, _LN_1001 = map(ln, (ONE, 13, 91, 200, 1_001))


def _days_away(account: Account, at: Instant) -> int:
    return max(0, day_of(at) - account.active.newest)
