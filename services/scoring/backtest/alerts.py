"""The alerts a team would have had, had it been told each week which accounts are at risk, and what they were worth.

An account that stays at risk is a case again when the cooldown is over: a budget is work.
"""

from dataclasses import dataclass, replace

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.time import DAY, Instant
from services.scoring.backtest.looks import BANDS, NEVER, Looked
from services.scoring.backtest.measures import Estimate, share
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question

COOLDOWN = 30 * DAY  # an account that wavers is one case
IN_TIME = 14 * DAY  # what comes later leaves no time for a conversation
LOOK_BACK = 90 * DAY  # or the horizon, if that is longer: an alert before that was about something else
WEEK = 7 * DAY
MONTH = 30.4 * DAY
_AT_RISK = BANDS.index("at_risk")
Rows = NDArray[np.bool_]


class Alerts(Struct, frozen=True):
    """What the alerts were worth.

    `precision`: of the alerts whose outcome is known, those followed by a churn within the horizon; `by_chance`: the
    same for alerts of random accounts. `covered`: of the accounts that churned and that the question was about at some
    time from 14 to 90 days before (or to the horizon, if it is longer), those with an alert in that time;
    `covered_by_chance`: the same for as many random alerts. `median_lead_days` is of the alerts in that time.
    """

    alerts: int
    a_week: float
    per_100_accounts_and_month: float
    known: int
    precision: Estimate
    by_chance: float
    covered: float
    covered_by_chance: float
    median_lead_days: float | None

    @property
    def times_chance(self) -> float:
        """Precision over that of random accounts."""
        return self.precision.value / self.by_chance if self.by_chance else float("nan")


@dataclass(frozen=True, slots=True)
class Caseload:
    """The weekly looks at accounts, those of an account together and in order of time.

    `ahead`: milliseconds to the churn. `counts`: the question is about the account then, and it is still observed.
    `known`: what becomes of it within the horizon is.
    """

    account: NDArray[np.int32]
    at: NDArray[np.int64]
    ahead: NDArray[np.int64]
    counts: Rows
    known: Rows
    horizon: Instant

    def between(self, opens: Instant, closes: Instant) -> "Caseload":
        """The same looks, of which those of a time count."""
        return replace(self, counts=self.counts & (self.at >= opens) & (self.at < closes))


def caseload_of(
    looked: Looked, weeks: tuple[Instant, ...], question: Question, outcomes: Outcomes, ends: Instant
) -> Caseload:
    """Every weekly look. `ends`: until when accounts are observed of which the outcomes do not say it."""
    account = looked.weekly.account
    at = np.array(weeks, np.int64)[looked.weekly.week]
    churned = np.array([outcomes.churned_at.get(name, NEVER) for name in looked.accounts], np.int64)
    until = np.array([outcomes.observed_until.get(name, ends) for name in looked.accounts], np.int64)[account]
    first = np.full(len(looked.accounts), NEVER, np.int64)
    np.minimum.at(first, account, at)
    counts = (looked.weekly.silence <= question.active_within) & (at - first[account] >= question.min_age)
    known = at + question.horizon <= until
    return Caseload(account, at, churned[account] - at, counts & (at <= until), known, question.horizon)


def at_risk(looked: Looked, card: int) -> Rows:
    """For each weekly look, whether the account is in the band at_risk under a card."""
    return np.equal(looked.weekly.band[:, card], _AT_RISK)


def raised(account: NDArray[np.int32], at: NDArray[np.int64], is_bad: Rows) -> Rows:
    """Where an account is bad and had no alert within the cooldown; its rows are in order of time."""
    new = np.zeros_like(is_bad)
    places = np.flatnonzero(is_bad)
    if not len(places):
        return new
    begins = int(at.min())
    span = int(at.max()) - begins + COOLDOWN + 1  # so that no account reaches into the next
    order = account[places].astype(np.int64) * span + (at[places] - begins)
    current = np.flatnonzero(np.diff(account[places], prepend=-1))
    while len(current):
        new[places[current]] = True
        following = np.searchsorted(order, order[current] + COOLDOWN)
        within = following < len(places)
        following, current = following[within], current[within]
        current = following[account[places[following]] == account[places[current]]]
    return new


def alerts(caseload: Caseload, is_bad: Rows) -> Alerts:
    """The alerts of accounts that are bad, where `is_bad` says so for each look."""
    account, ahead, counts = caseload.account, caseload.ahead, caseload.counts
    new = raised(account, caseload.at, is_bad & counts)
    hits = ahead <= caseload.horizon
    judged, base = new & caseload.known, counts & caseload.known
    in_time = counts & (ahead >= IN_TIME) & (ahead <= max(LOOK_BACK, caseload.horizon))
    lead = float(np.median(ahead[in_time & new]) / DAY) if (in_time & new).any() else None
    covered, by_chance = _coverage(account, new, counts, in_time)
    return Alerts(
        alerts=int(new.sum()),
        a_week=float(new.sum() / (len(np.unique(caseload.at[counts])) or 1)),
        per_100_accounts_and_month=rate(new, counts),
        known=int(judged.sum()),
        precision=share(hits[judged], account[judged]),
        by_chance=float(hits[base].mean()) if base.any() else float("nan"),
        covered=covered,
        covered_by_chance=by_chance,
        median_lead_days=lead,
    )


def rate(new: Rows, counts: Rows) -> float:
    """Alerts per 100 accounts and month, of weekly looks."""
    return float(100 * (new & counts).sum() / max(1, counts.sum()) * MONTH / WEEK)


def _coverage(account: NDArray[np.int32], new: Rows, counts: Rows, in_time: Rows) -> tuple[float, float]:
    """The share of churned accounts alerted in time, and what as many random alerts would have covered."""
    churners = np.unique(account[in_time])
    if not len(churners):
        return float("nan"), float("nan")
    chances = np.bincount(np.searchsorted(churners, account[in_time]), minlength=len(churners))
    quiet = 1 - new.sum() / max(1, counts.sum())
    return len(np.unique(account[in_time & new])) / len(churners), float((1 - quiet**chances).mean())
