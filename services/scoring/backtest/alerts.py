"""The alerts a team would have had, had it been told each week which accounts came to be at risk."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.time import DAY, Instant
from services.scoring.backtest.looks import BANDS, NEVER, Looked
from services.scoring.backtest.measures import Draws, Estimate, resampled

COOLDOWN = 30 * DAY  # an account that wavers is one case
IN_TIME = 14 * DAY  # what comes later leaves no time for a conversation
LOOK_BACK = 90 * DAY  # beyond the horizon: an alert before that was about something else
MONTH = 30.4 * DAY
_AT_RISK = BANDS.index("at_risk")


class Alerts(Struct, frozen=True):
    """What the alerts were worth.

    `precision`: of the alerts whose outcome is known, those followed by a churn within the horizon; `by_chance`: the
    same for alerts of random accounts. `covered`: of the accounts that churned, those with an alert at least 14 days
    before; `covered_by_chance`: the same for as many random alerts.
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


@dataclass(frozen=True, slots=True)
class Period:
    """When alerts are counted, and what became of accounts; `known_until`: for accounts that did not churn."""

    weeks: tuple[Instant, ...]
    opens: Instant
    closes: Instant
    min_age: Instant
    horizon: Instant
    churned_at: Mapping[str, Instant]
    known_until: Instant


def alerts(looked: Looked, is_bad: NDArray[np.bool_], period: Period) -> Alerts:
    """The alerts of accounts coming to be bad, where `is_bad` says so for each row of the weekly looks."""
    at = np.array(period.weeks, np.int64)[looked.weekly.week]
    account = looked.weekly.account
    churned = np.array([period.churned_at.get(name, NEVER) for name in looked.accounts], np.int64)
    first = np.full(len(looked.accounts), NEVER, np.int64)
    np.minimum.at(first, account, at)
    counts = (at >= period.opens) & (at < period.closes) & (at - first[account] >= period.min_age)
    new = raised(account, at, is_bad & counts)
    ahead = churned[account] - at
    hits = ahead <= period.horizon
    known = hits | (at + period.horizon <= period.known_until)
    judged = new & known
    weeks = len(np.unique(at[counts])) or 1
    lead, covered, by_chance = _coverage(account, ahead, new, counts, period.horizon)
    return Alerts(
        alerts=int(new.sum()),
        a_week=float(new.sum() / weeks),
        per_100_accounts_and_month=float(100 * new.sum() / max(1, counts.sum()) * MONTH / (7 * DAY)),
        known=int(judged.sum()),
        precision=_share(hits[judged], account[judged]),
        by_chance=float(hits[counts & known].mean()) if (counts & known).any() else float("nan"),
        covered=covered,
        covered_by_chance=by_chance,
        median_lead_days=lead,
    )


def at_risk(looked: Looked, card: int) -> NDArray[np.bool_]:
    """For each weekly look, whether the account is in the band at_risk under a card."""
    return np.equal(looked.weekly.band[:, card], _AT_RISK)


def raised(account: NDArray[np.int32], at: NDArray[np.int64], is_bad: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where an account comes to be bad, but for what falls within the cooldown of its last alert."""
    begins = is_bad & ~(np.r_[False, is_bad[:-1]] & np.r_[False, account[1:] == account[:-1]])
    new = np.zeros_like(is_bad)
    last_account, last_at = -1, 0
    for row in np.flatnonzero(begins).tolist():
        if account[row] != last_account or at[row] - last_at >= COOLDOWN:
            new[row] = True
            last_account, last_at = int(account[row]), int(at[row])
    return new


def _share(hits: NDArray[np.bool_], account: NDArray[np.int32]) -> Estimate:
    if not len(hits):
        return Estimate(float("nan"), float("nan"), float("nan"))
    drawn = [(weights * hits).sum(axis=1) / np.maximum(weights.sum(axis=1), 1) for weights in resampled(account)]
    return Draws(float(hits.mean()), np.concatenate(drawn)).estimate()


def _coverage(
    account: NDArray[np.int32],
    ahead: NDArray[np.int64],
    new: NDArray[np.bool_],
    counts: NDArray[np.bool_],
    horizon: Instant,
) -> tuple[float | None, float, float]:
    """The median lead in days, the share of churned accounts alerted in time, and what chance would have covered."""
    in_time = counts & (ahead >= IN_TIME) & (ahead <= horizon + LOOK_BACK)
    churners = np.unique(account[counts & (ahead < NEVER // 2)])
    if not len(churners):
        return None, float("nan"), float("nan")
    places = np.searchsorted(churners, account[in_time])
    chances = np.bincount(places, minlength=len(churners))
    hit = np.unique(account[in_time & new])
    quiet = 1 - new.sum() / max(1, counts.sum())
    leads = ahead[in_time & new]
    lead = float(np.median(leads) / DAY) if len(leads) else None
    return lead, len(hit) / len(churners), float((1 - quiet**chances).mean())
