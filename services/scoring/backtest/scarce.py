"""What a fit is worth with few churns: the same rows, all but so many of the accounts that churned forgotten."""

import numpy as np
from msgspec import Struct

from schemas.scorecard import Scorecard
from schemas.time import Instant
from services.scoring.backtest.evidence import Evidence, Rows
from services.scoring.backtest.fit import in_points, is_enough, learnt, points_before
from services.scoring.backtest.measures import Floats, Ranking

DRAWS = 50
_SEED = 20_110_301  # so that the same file gives the same figures


class Scarce(Struct, frozen=True):
    """How many churns there were to learn from, and what fits of them gained over the card on later dates, in AUC."""

    churns: int
    gains: tuple[float, ...]

    @property
    def median(self) -> float:
        """Half of the draws gained less."""
        return float(np.median(self.gains))

    @property
    def worst(self) -> float:
        """One in twenty gained less."""
        return float(np.percentile(self.gains, 5))


def scarce(found: Evidence, card: Scorecard, at: Instant, churns: int, draws: int = DRAWS) -> Scarce:
    """Fits to `churns` churned accounts and the same share of those that stayed. Raises FitRefused.

    With so few no kind of event tells anything: give evidence in which none does.
    """
    past, later = found.rows.known_at(at), found.rows.since(at)
    is_enough(past, later, churns)
    before, chance = points_before(card, found.offer), np.random.default_rng(_SEED)
    once, ranking = np.ones((1, len(later.churns))), Ranking(later.card, later.churns)
    of_card = float(ranking.auc(once)[0])

    def gain(rows: Rows) -> float:
        scores: Floats = later.units @ in_points(learnt(rows, before).weights)
        return float(Ranking(scores, later.churns).auc(once)[0]) - of_card

    return Scarce(churns, tuple(gain(_drawn(past, churns, chance)) for _ in range(draws)))


def _drawn(past: Rows, churns: int, chance: np.random.Generator) -> Rows:
    left = np.unique(past.account[past.churns])
    stayed = np.setdiff1d(past.account, left)
    share = churns / len(left)
    kept = np.concatenate(
        [
            chance.choice(left, churns, replace=False),
            chance.choice(stayed, round(share * len(stayed)), replace=False),
        ]
    )
    return past.where(np.isin(past.account, kept))
