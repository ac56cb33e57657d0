"""How long silence rules have to wait beyond an account's own deadline, to spend a budget of false alarms.

The deadline itself states .10 of them per account and month. Who wants fewer waits: the longer, the more of those who
come back all the same have come back.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from schemas.rules import SilenceRule, length_of
from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant
from services.scoring.backtest.alerts import MONTH
from services.scoring.backtest.budget import LOOK_BACK, SOLVED_EVERY
from services.scoring.backtest.silence import Watched
from services.scoring.backtest.threshold import nearest

LONGEST = 90  # days: what waits longer is no alarm
PAST = int(6 * MONTH)  # that is solved from: accounts settle, and their earliest gaps say little of what comes


class Patience(Struct, frozen=True):
    """The days that a silence rule waits for a budget, and what came of such waiting, solved every four weeks.

    `realised`: false alarms per account and month in the weeks after each solution, all of them together; None where
    there was too little of a past to solve one from.
    """

    budget: float
    wait_days: int
    solved: int
    realised: float | None

    @property
    def over_budget(self) -> float | None:
        """Realised over budget."""
        return None if self.realised is None else self.realised / self.budget


def patience(accounts: Sequence[Watched], budget: float, at: Instant) -> Patience:
    """The waiting for an instant, from what had happened before it, and the same asked every four weeks before."""
    if not accounts:
        return Patience(budget, 0, 0, None)
    first = min(one.since for one in accounts) + LOOK_BACK
    spent = [_between(accounts, then, then + SOLVED_EVERY, wait(accounts, budget, then)) for then in _months(first, at)]
    months = sum(watched for _, watched in spent)
    realised = sum(alarms for alarms, _ in spent) / months if months else None
    return Patience(budget, wait(accounts, budget, at), len(spent), realised)


def wait(accounts: Sequence[Watched], budget: float, at: Instant) -> int:
    """The whole days of waiting at which false alarms of the half year before an instant were nearest to a budget."""
    _, months = _between(accounts, at - PAST, at, 0)
    over = np.array([back.over for one in accounts for back in one.returns if at - PAST <= back.at < at], np.int64)
    if not months or len(over) <= budget * months:
        return 0
    return nearest(lambda days: float((over > days * DAY).sum()) / months, budget, LONGEST)


def with_patience(card: Scorecard, days: int) -> Scorecard:
    """The card whose silence rules wait for at least so many days, in its variants too."""

    def waiting(rules: Sequence[object]) -> tuple[object, ...]:
        return tuple(
            replace(rule, dwell=f"{days}d")
            if isinstance(rule, SilenceRule) and length_of(rule.dwell) < days * DAY
            else rule
            for rule in rules
        )

    variants = tuple(one if one.rules is None else replace(one, rules=waiting(one.rules)) for one in card.variants)
    return replace(card, rules=waiting(card.rules), variants=variants)


def _months(first: Instant, at: Instant) -> range:
    return range(at - SOLVED_EVERY, first, -SOLVED_EVERY)


def _between(accounts: Sequence[Watched], opens: Instant, closes: Instant, days: int) -> tuple[int, float]:
    """False alarms of a time of those who wait so many days, and the months for which accounts were watched in it."""
    alarms = sum(
        opens <= back.at < closes and back.over > days * DAY
        for back in chain.from_iterable(one.returns for one in accounts)
    )
    months = sum(max(0, min(one.until, closes) - max(one.since, opens)) for one in accounts) / MONTH
    return alarms, months
