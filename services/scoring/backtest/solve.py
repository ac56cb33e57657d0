"""Bands solved from a budget: what a team can work on says where at_risk begins, not a number that looked good once.

Only the past of an instant is used. How a solution did afterwards is told beside it: solved again every month, with the
realised share over the budget.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from schemas.changes import GRAINS_PER_POINT
from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant
from services.scoring.backtest.alerts import raised, rate
from services.scoring.backtest.budget import LEAD_IN, LOOK_BACK, SOLVED_EVERY
from services.scoring.backtest.budget import LEAST_LOOKS as LEAST_ROWS
from services.scoring.backtest.looks import NO_SCORE, Looked
from services.scoring.backtest.patience import Patience
from services.scoring.backtest.refused import QuestionRefused
from services.scoring.backtest.silence import Silences
from services.scoring.backtest.threshold import nearest

SHARE_LOOK_BACK = 28 * DAY  # the book as it is now


class Budget(NamedTuple):
    """What a team can work on: shares of the book in at_risk and in both bands, or new alerts instead of the first."""

    at_risk: float | None = 0.05
    not_green: float = 0.20
    alerts: float | None = None  # per 100 accounts and month


class Realised(Struct, frozen=True):
    """A solution and what came of it in the four weeks after, over what was asked for. None where nobody was left."""

    solved_at: Instant
    at_risk: int
    watch: int
    at_risk_over_budget: float | None
    not_green_over_budget: float | None


class Solution(Struct, frozen=True):
    """Bands for now, and how solutions like it did in the past of the data, month by month."""

    at_risk: int
    watch: int
    rows: int
    months: tuple[Realised, ...]
    silences: Silences | None = None
    patience: Patience | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Weekly scores of the accounts a team looks after: scored, and with an event that recently."""

    account: NDArray[np.int32]
    at: NDArray[np.int64]
    points: NDArray[np.float64]

    def between(self, opens: Instant, closes: Instant) -> "Book":
        """The looks of a time."""
        rows = (self.at >= opens) & (self.at < closes)
        return Book(self.account[rows], self.at[rows], self.points[rows])

    def share(self, threshold: float) -> float:
        """The share of looks at or above a threshold."""
        return float((self.points >= threshold).mean()) if len(self.points) else float("nan")

    def alerts(self, threshold: float, since: Instant) -> float:
        """Alerts of accounts at or above a threshold since an instant, per 100 accounts and month.

        What came before it says who is in cooldown then.
        """
        new = raised(self.account, self.at, self.points >= threshold)
        return rate(new, self.at >= since) if (self.at >= since).any() else float("nan")


def book_of(looked: Looked, card: int, weeks: tuple[Instant, ...], active_within: Instant) -> Book:
    """The book under one of the followed cards."""
    weekly = looked.weekly
    rows = (weekly.score[:, card] != NO_SCORE) & (weekly.silence <= active_within)
    at = np.array(weeks, np.int64)[weekly.week]
    return Book(weekly.account[rows], at[rows], weekly.score[rows, card] / GRAINS_PER_POINT)


def solve(book: Book, budget: Budget, at: Instant) -> tuple[int, int]:
    """Where at_risk and watch begin, from what came before an instant. Raises QuestionRefused: too little came."""
    now = book.between(at - SHARE_LOOK_BACK, at)
    if len(now.points) < LEAST_ROWS:
        msg = f"only {len(now.points)} weekly scores in the four weeks before: at least {LEAST_ROWS} are needed"
        raise QuestionRefused(msg)
    if budget.alerts is not None:
        past = book.between(at - LOOK_BACK - LEAD_IN, at)
        at_risk = nearest(lambda threshold: past.alerts(threshold, at - LOOK_BACK), budget.alerts)
    else:
        at_risk = nearest(now.share, budget.at_risk or 0)
    watch = nearest(now.share, budget.not_green)
    return at_risk, min(watch, at_risk - 1) if at_risk else 0


def solution(book: Book, budget: Budget, at: Instant) -> Solution:
    """Bands for an instant, and the same asked every four weeks before it. Raises QuestionRefused."""
    at_risk, watch = solve(book, budget, at)
    first = int(book.at.min()) + LOOK_BACK
    months = [_realised(book, budget, then) for then in range(at - SOLVED_EVERY, first, -SOLVED_EVERY)]
    rows = len(book.between(at - SHARE_LOOK_BACK, at).points)
    return Solution(at_risk, watch, rows, tuple(month for month in reversed(months) if month is not None))


def with_bands(card: Scorecard, found: Solution) -> Scorecard:
    """The card with the bands of a solution, and less hysteresis where they are too close for it."""
    room = min(card.bands.hysteresis, found.at_risk - found.watch - 1, found.watch)
    return replace(card, bands=replace(card.bands, at_risk=found.at_risk, watch=found.watch, hysteresis=max(0, room)))


def _realised(book: Book, budget: Budget, at: Instant) -> Realised | None:
    after = book.between(at, at + SOLVED_EVERY)
    try:
        at_risk, watch = solve(book, budget, at)
    except QuestionRefused:
        return None
    if budget.alerts is not None:
        spent = book.between(at - LEAD_IN, at + SOLVED_EVERY).alerts(at_risk, at) / budget.alerts
    else:
        spent = after.share(at_risk) / (budget.at_risk or 1)
    if len(after.points) < LEAST_ROWS:
        return Realised(at, at_risk, watch, None, None)
    return Realised(at, at_risk, watch, float(spent), after.share(watch) / budget.not_green)
