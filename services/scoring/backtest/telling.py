"""Which kinds of events say more about churn than that there were events: what a card would call key, or friction.

Nobody has to know the product: outcomes tell it. What they tell is a name in a scorecard, for people to agree with.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scoring.backtest.logit import logit
from services.scoring.backtest.plain import Plain

SURE = 4.0  # standard errors: of 64 kinds that say nothing, one is taken for telling in 250 histories
LEAST = 0.05  # of the rows have such an event


class Telling(NamedTuple):
    """Kinds of events of which more come from those who stay, and from those who leave; the most telling first."""

    key_features: tuple[str, ...] = ()
    friction: tuple[str, ...] = ()


NOTHING_TOLD = Telling()


def telling(plain: Plain, known: NDArray[np.bool_]) -> Telling:
    """What the rows tell whose outcome is known: nothing, where nobody churned.

    A kind is telling if its weight in a logistic regression is sure, beside the six plain figures and how many events
    there were: what is merely frequent where much is done says nothing by itself.
    """
    beside = np.column_stack([plain.six, np.log(plain.events + 10)])[known]
    happened = plain.churns[known].astype(np.float64)
    if not happened.any():
        return NOTHING_TOLD
    said: dict[str, float] = {}
    for kind, often in zip(plain.kinds, plain.often.T[:, known], strict=True):
        if (often > 0).mean() >= LEAST and (often != plain.events[known]).any():
            found = logit(np.column_stack([beside, np.log1p(often)]), happened)
            said[kind] = float(found.weights[-1] / found.errors[-1])
    surest = sorted(said, key=lambda kind: (-abs(said[kind]), kind))
    return Telling(
        tuple(kind for kind in surest if said[kind] <= -SURE), tuple(kind for kind in surest if said[kind] >= SURE)
    )
