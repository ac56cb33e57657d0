"""How long before its churn an account was no longer green, week by week."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.time import DAY, Instant
from services.scoring.backtest.looks import BANDS, Looked

BEFORE_DAYS = (30, 60, 90)
_GREEN, _UNKNOWN = BANDS.index("healthy"), BANDS.index("unknown")


class NotGreen(Struct, frozen=True):
    """Of the `accounts` that churned and had a band so many days before, the share that was not green."""

    days: int
    accounts: int
    share: float


class Leads(Struct, frozen=True):
    """`median_days`: from leaving green for good to the churn, of the accounts that had left it; None without any."""

    churned: int
    not_green: tuple[NotGreen, ...]
    left_green: int
    median_days: float | None


def leads(looked: Looked, card: int, weeks: tuple[Instant, ...], churned_at: Mapping[str, Instant]) -> Leads:
    """The leads of one followed card over every account that churned after it was first looked at."""
    at = np.array(weeks, np.int64)[looked.weekly.week]
    band = looked.weekly.band[:, card]
    ends = np.searchsorted(looked.weekly.account, np.arange(len(looked.accounts) + 1))
    bands_before: dict[int, list[int]] = {days: [] for days in BEFORE_DAYS}
    found: list[float] = []
    churned = 0
    for number, account_id in enumerate(looked.accounts):
        gone = churned_at.get(account_id)
        begin, end = ends[number], ends[number + 1]
        if gone is None or begin == end:
            continue
        churned += 1
        seen, bands = at[begin:end], band[begin:end]
        for days in BEFORE_DAYS:
            place = int(np.searchsorted(seen, gone - days * DAY, side="right")) - 1
            if place >= 0 and bands[place] != _UNKNOWN:
                bands_before[days].append(int(bands[place]))
        since = _left_green(seen, bands)
        if since is not None:
            found.append((gone - since) / DAY)
    return Leads(
        churned,
        tuple(_not_green(days, bands) for days, bands in bands_before.items()),
        len(found),
        float(np.median(found)) if found else None,
    )


def _not_green(days: int, bands: list[int]) -> NotGreen:
    share = float(np.mean([band != _GREEN for band in bands])) if bands else float("nan")
    return NotGreen(days, len(bands), share)


def _left_green(seen: NDArray[np.int64], bands: NDArray[np.int8]) -> Instant | None:
    """The first look of the unbroken spell outside green in which the account ended."""
    calm = np.flatnonzero((bands == _GREEN) | (bands == _UNKNOWN))
    first = int(calm[-1]) + 1 if len(calm) else 0
    return int(seen[first]) if first < len(seen) else None
