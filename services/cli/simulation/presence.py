"""How much of a customer is left: its level of use by day, and whether it is there at an instant."""

from schemas.time import Day, Instant, day_of
from services.cli.simulation.account import Account, Fate

_SEASON_DAYS = 28
_BUSY_DAYS = 8
_QUIET_LEVEL = 0.12
_GROWTH_DAYS = 150  # from 0.4 of its usual use to 1.4


def is_there(account: Account, instant: Instant) -> bool:
    """Whether the customer can do anything at `instant`."""
    is_away = account.away_from <= instant < account.away_until
    return account.opens <= instant and not is_away


def level(account: Account, day: Day) -> float:
    """The customer's use on `day` against its usual one: 0 is none, 1 the usual. Without weekdays and absences."""
    return _curve(account, day) * _left(account, day)


def _curve(account: Account, day: Day) -> float:
    match account.fate:
        case Fate.NEVER_SEEN:
            return 0.0
        case Fate.GROWING:
            return 0.4 + min(1.0, (day - day_of(account.opens)) / _GROWTH_DAYS)
        case Fate.SEASONAL:
            return 1.3 if (day + account.renewal_on) % _SEASON_DAYS < _BUSY_DAYS else _QUIET_LEVEL
        case Fate.NEW:
            return min(1.0, 0.4 + (day - day_of(account.opens)) / 30)
        case Fate.STEADY | Fate.FADING | Fate.GONE_QUIET | Fate.RETURNING | Fate.BRINK:
            return 1.0


def _left(account: Account, day: Day) -> float:
    """What a decline has left: 1 before it, 0 after it."""
    return min(1.0, max(0.0, 1 - (day - account.fades_from) / account.fades_over_days))
