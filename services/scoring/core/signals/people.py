"""Who in an account is active."""

from schemas.activity import FACT_FIELDS
from schemas.time import Day
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.novelty import USER
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import moved_by, remembered, signal
from services.scoring.core.state import Account

RECENT_DAYS = 28
BEFORE_DAYS = 28  # the four weeks before them: a user's days are remembered for 64
REGULAR = 2  # active days in them that make a user a regular one
CHAMPION_DAYS = 4  # active days in eight weeks, below which nobody stands out
CHAMPION_PATIENCE = 7  # days away that mean nothing
FULL_TIME = 20  # working days in four weeks
LEAST_USERS = 2  # one user gone quiet is recency
_SEATS = FACT_FIELDS.index("seats")


@moved_by(USER)
def active_users(account: Account, today: Day) -> Seen | None:
    """Users gone quiet: the share of users ever seen who were not active in the last 28 days and today.

    u = 1 - ln(1 + active) / ln(1 + ever). Value: active users. Abstains for accounts of fewer than two users, where
    it would say what recency says. More silence never lowers it.
    """
    users = account.users
    ever = len(users.members)
    if ever < LEAST_USERS:
        return None
    return _active_users(users.active(today, RECENT_DAYS), ever)


@remembered
def _active_users(active: int, ever: int) -> Seen:
    return Seen(float(active), clip(ONE - ln(1 + active) * ONE // ln(1 + ever)))


@signal
def seat_utilisation(account: Account, today: Day) -> Seen | None:
    """Seats that are paid for and not used.

    u = 1 - active / seats, with users active in the last 28 days and today. Value: active users in percent of the
    seats. Abstains where the number of seats is not known, or no event ever named a user. More silence never lowers
    it.
    """
    seats, users = account.told[_SEATS], account.users
    if not seats or not users.members:
        return None
    active = users.active(today, RECENT_DAYS)
    return Seen(active * 100_000 // seats / 1_000, clip(ONE - active * ONE // seats))


@signal
def users_gone_quiet(account: Account, today: Day) -> Seen | None:
    """Regular users who stopped: active on two days or more of the four weeks before the last 28 days, and not since.

    u = gone / regular. Value: how many are gone. Abstains for fewer than two regular users. Not monotone: after eight
    weeks of silence nobody was regular.
    """
    opens = today - RECENT_DAYS
    regular = gone = 0
    for newest, mask in account.users.members.values():
        if _days(newest, mask, opens - BEFORE_DAYS, opens - 1) >= REGULAR:
            regular += 1
            gone += newest < opens
    return None if regular < LEAST_USERS else Seen(float(gone), gone * ONE // regular)


@signal
def champion_gone(account: Account, today: Day) -> Seen | None:
    """The user who carried the account has gone quiet.

    The champion is the one with the most active days in the last eight weeks (of equals the first by name), if they
    are four or more. u = (d - 7) / 21, with d days since the champion was last active. Value: d. Abstains for
    accounts of fewer than two users, and where nobody stands out. Not monotone: somebody else may take over.
    """
    users = account.users.members
    if len(users) < LEAST_USERS:
        return None
    opens = today - RECENT_DAYS - BEFORE_DAYS
    days, name = min((-_days(newest, mask, opens, today), name) for name, (newest, mask) in users.items())
    if -days < CHAMPION_DAYS:
        return None
    away = max(0, today - users[name][0])
    return Seen(float(away), clip((away - CHAMPION_PATIENCE) * ONE // (RECENT_DAYS - CHAMPION_PATIENCE)))


@signal
def stickiness(account: Account, today: Day) -> Seen | None:
    """How few days its active users are active.

    u = 1 - d / 20, with d the mean of active days in the last 28 of the users who have any; 1 where nobody has. Value:
    d days. Abstains where no event ever named a user. Not monotone: who comes least drops out of the mean first.
    """
    users = account.users.members
    if not users:
        return None
    days = [_days(newest, mask, today - RECENT_DAYS + 1, today) for newest, mask in users.values()]
    active = len([one for one in days if one])
    mean = sum(days) * ONE // active if active else 0
    return Seen(mean // 1_000 / 1_000, clip(ONE - mean // FULL_TIME))


def _days(newest: Day, mask: int, first: Day, last: Day) -> int:
    """On how many days from `first` to `last` a user was active; bit i of `mask` is day `newest - i`."""
    youngest, oldest = max(0, newest - last), newest - first
    return (mask >> youngest & ((1 << max(0, oldest - youngest + 1)) - 1)).bit_count()
