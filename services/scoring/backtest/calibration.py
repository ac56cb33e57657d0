"""How many churns a fit expects: its weights, and an intercept from the churns of the last weeks.

A label is known when its horizon is over; that may be months after the question. Who has churned meanwhile is known
earlier, so that each row counts for the part of the horizon that has passed: as many churns as used to come in it.
"""

import numpy as np

from schemas.time import Instant
from services.scoring.backtest.evidence import Rows
from services.scoring.backtest.logistic import Logistic, levelled


def expected(model: Logistic, rows: Rows, since: Instant) -> float:
    """Churns expected of the rows since an instant, the intercept set anew at each date from what was known then."""
    dates = np.unique(rows.at[rows.at >= since]).tolist()
    return sum(float(as_of(model, rows, at).chance(rows.units[rows.at == at]).sum()) for at in dates)


def as_of(model: Logistic, rows: Rows, at: Instant) -> Logistic:
    """The model with the intercept at which as many churns are expected as had come by an instant."""
    before = rows.where(rows.at < at)
    if not len(before.at):
        return model
    known = before.known_at(at)
    delays = np.sort(known.ahead[known.churns])
    recent = before.since(min(at - rows.horizon, int(before.at.max())))  # dates may be further apart than the horizon
    passed = np.minimum(rows.horizon, at - recent.at)
    part = np.searchsorted(delays, passed, side="right") / max(1, len(delays))
    came = float((recent.ahead <= passed).sum())
    return levelled(model, recent.units, part, came) if came and part.any() else model
