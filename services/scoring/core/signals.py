"""The signals: each a small pure function from an account's state on a day to how risky that looks.

A signal returns its value in thousandths of its own unit, for people, and `u` from 0 (no risk) to 1 (all the risk it
can see) in micro. It abstains, returning None, where the facts it needs are not known. Every signal is a function of
whole days, except that `silence` also knows whether the account's deadline has passed.
"""

from collections.abc import Callable
from typing import NamedTuple

from schemas.time import Instant, day_of
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.rhythm import surprise
from services.scoring.core.state import Account
from services.scoring.core.windows import was_active

LEVEL_DAYS = 28
WEEKS = 12
LEAST_USERS = 2  # one user gone quiet is recency
CUSUM_SHARE = 721_000  # micro: the reference between a mean and half of it, as a share of the mean


class Seen(NamedTuple):
    """What a signal sees: its value in thousandths of its unit, and u in micro."""

    value: int
    u: int


Signal = Callable[[Account, Instant], Seen | None]
SIGNALS: dict[str, Signal] = {}


def signal(function: Signal) -> Signal:
    """Register a signal under the name of its function."""
    name = function.__name__
    if name in SIGNALS:
        msg = f"two signals are called {name}"
        raise TypeError(msg)
    SIGNALS[name] = function
    return function


@signal
def life_rate(account: Account, at: Instant) -> Seen | None:
    """Few active days for its age.

    u = ln((age + 7) / (x + 1/2)) / ln 200, with x active days since the first event and age in days. Value: active
    days per 30 days of age. A young account is not punished: the 7 days are its allowance. After Fader and Hardie's
    frequency.
    """
    age = max(0, day_of(at) - account.active.origin)
    active = account.active.count
    return Seen(active * 30_000 // (age + 1), clip((ln(2 * age + 14) - ln(2 * active + 1)) * ONE // ln(200)))


@signal
def recency(account: Account, at: Instant) -> Seen | None:
    """Days since the last active day.

    u = ln(1 + r) / ln 91. Value: r in days.
    """
    away = _days_away(account, at)
    return Seen(away * 1_000, clip(ln(1 + away) * ONE // ln(91)))


@signal
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


@signal
def level(account: Account, at: Instant) -> Seen | None:
    """Few events in the last 28 days and today.

    u = 1 - ln(1 + n) / ln 1001. Value: n events.
    """
    today = day_of(at)
    events = account.daily.total(today - LEVEL_DAYS, today)
    return Seen(events * 1_000, clip(ONE - ln(1 + events) * ONE // ln(1_001)))


@signal
def decline(account: Account, at: Instant) -> Seen | None:
    """A slow, sustained fall of active days against the account's own past.

    Lower-sided Poisson CUSUM over up to 12 whole weeks that end yesterday, oldest first: S = max(0, S + 0.721 mu -
    x), with x the active days of the week and mu = (active days of earlier weeks + 1) / (earlier weeks + 1), itself a
    mean of the account's own. 0.721 = (1 - 1/2) / ln 2: the reference between mu and half of it (Lucas 1985). u =
    ln(1 + S) / ln 13. Value: S in days.
    """
    today = day_of(at)
    weeks = min(WEEKS, (today - account.active.origin) // 7)
    days = account.active.mask >> (today - 7 * weeks - account.active.origin)
    earlier = short = 0
    for passed in range(1, weeks + 1):
        active = (days & 0b1111111).bit_count()
        days >>= 7
        short += CUSUM_SHARE * (earlier + 1) // passed - active * ONE
        short = max(short, 0)
        earlier += active
    return Seen(short // 1_000, clip((ln(ONE + short) - ln(ONE)) * ONE // ln(13)))


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
    active = sum(was_active(newest, mask, today - LEVEL_DAYS, today) for newest, mask in users.values())
    return Seen(active * 1_000, clip(ONE - ln(1 + active) * ONE // ln(1 + len(users))))


@signal
def breadth(account: Account, at: Instant) -> Seen | None:  # noqa: ARG001 - one signature for all signals
    """Few features ever used.

    u = 1 - ln(1 + f) / ln 21. Value: f features. Abstains where no event named a feature.
    """
    features = len(account.features.members)
    if not features:
        return None
    return Seen(features * 1_000, clip(ONE - ln(1 + features) * ONE // ln(21)))


def _days_away(account: Account, at: Instant) -> int:
    return max(0, day_of(at) - account.active.newest)
