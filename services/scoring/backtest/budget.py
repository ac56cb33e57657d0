"""Alerts within a budget: a threshold solved every four weeks on the past alone, and what came of it later.

The threshold is a place in the book of the day, not a number of points: where everybody's risk rises together, as when
courses end, a number would tell of everybody. Beside what needs no score: the same budget spent on recency, and the
rule that many begin with, fourteen days without a sign of life.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.time import DAY, Instant
from services.scoring.backtest.alerts import COOLDOWN, WEEK, Alerts, Caseload, alerts, raised, rate
from services.scoring.backtest.judge import RECENCY
from services.scoring.backtest.looks import Looked
from services.scoring.backtest.threshold import nearest

BUDGETS = (5.0, 10.0)  # alerts per 100 accounts and month
LEAST, MOST = 0.6, 1.6  # of a budget: what is outside is told as drift
NAIVE = "14 days silent"
LOOK_BACK = 84 * DAY  # of the past: alerts are rare
LEAD_IN = COOLDOWN + WEEK  # before it, so that whoever is in cooldown when it begins gives no alert
SOLVED_EVERY = 28 * DAY
LEAST_LOOKS = 100  # of the past, and of a month that is told
_NAIVE_DAYS = 14
_BOOK = 10_000


class Budgeted(Struct, frozen=True):
    """What a ranking's alerts were worth, and how much of the budget they came to; None where there is no budget.

    `months`: realised over budget in each of the four weeks that a threshold was in force.
    """

    by: str
    budget: float | None
    realised: float | None
    months: tuple[float, ...]
    alerts: Alerts

    @property
    def months_within(self) -> int:
        """How many of the months kept to the budget."""
        return sum(LEAST <= month <= MOST for month in self.months)


def budgeted(caseload: Caseload, looked: Looked, cards: tuple[str, ...]) -> Iterator[Budgeted]:
    """Each budget spent on each followed card and on recency, and the naive rule over the same time."""
    silent = np.floor_divide(looked.weekly.silence, DAY)
    solved = caseload.between(_first(caseload), int(caseload.at.max()) + 1)
    if not solved.counts.any():
        return
    for budget in BUDGETS:
        for column, card in enumerate(cards):
            yield _spent(card, caseload, places(caseload, looked.weekly.score[:, column]), budget)
        yield _spent(RECENCY, caseload, places(caseload, silent), budget)
    yield Budgeted(NAIVE, None, None, (), alerts(solved, silent >= _NAIVE_DAYS))


def places(caseload: Caseload, risk: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each look that counts, how many in ten thousand of that day's accounts have a lower risk; 0 for others."""
    found = np.zeros(len(risk), np.int64)
    rows = np.flatnonzero(caseload.counts)
    rows = rows[np.lexsort((risk[rows], caseload.at[rows]))]
    at, ranked, order = caseload.at[rows], risk[rows], np.arange(len(rows))
    is_next_day = np.diff(at, prepend=-1) != 0
    is_higher = is_next_day | (np.diff(ranked, prepend=-1) != 0)
    begins = np.maximum.accumulate(np.where(is_next_day, order, 0))
    below = np.maximum.accumulate(np.where(is_higher, order, 0)) - begins
    _, day, accounts = np.unique(at, return_inverse=True, return_counts=True)
    found[rows] = below * _BOOK // accounts[day]
    return found


def solved_at(caseload: Caseload, place: NDArray[np.int64], budget: float, at: Instant) -> int | None:
    """From which place on accounts are told of, for an instant, by the looks before it; None where too few were."""
    rows = caseload.counts & (caseload.at < at) & (caseload.at >= at - LOOK_BACK - LEAD_IN)
    account, when, past = caseload.account[rows], caseload.at[rows], place[rows]
    recent = when >= at - LOOK_BACK
    if recent.sum() < LEAST_LOOKS:
        return None
    return nearest(lambda threshold: rate(raised(account, when, past >= threshold), recent), budget, _BOOK)


def _first(caseload: Caseload) -> Instant:
    """When there is enough of a past to solve a threshold from: the first time it is done."""
    return int(caseload.at.min()) + LOOK_BACK


def _spent(by: str, caseload: Caseload, place: NDArray[np.int64], budget: float) -> Budgeted:
    is_bad = np.zeros(len(caseload.at), np.bool_)
    inside = np.zeros(len(caseload.at), np.bool_)
    months = []
    for at in range(_first(caseload), int(caseload.at.max()) + 1, SOLVED_EVERY):
        threshold = solved_at(caseload, place, budget, at)
        if threshold is not None:
            month = (caseload.at >= at) & (caseload.at < at + SOLVED_EVERY)
            is_bad |= month & (place >= threshold)
            inside |= month
            months.append(month & caseload.counts)
    solved = Caseload(
        caseload.account, caseload.at, caseload.ahead, caseload.counts & inside, caseload.known, caseload.horizon
    )
    new = raised(caseload.account, caseload.at, is_bad & solved.counts)
    found = alerts(solved, is_bad)
    told = tuple(rate(new, month) / budget for month in months if month.sum() >= LEAST_LOOKS)
    return Budgeted(by, budget, found.per_100_accounts_and_month / budget, told, found)
