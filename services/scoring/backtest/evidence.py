"""What a fit learns from: the accounts asked about, as a card sees them and as six plain figures do."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from schemas.scorecard import Scorecard, Weighted
from schemas.time import Instant
from services.scoring.backtest.backtest import Wish
from services.scoring.backtest.doubts import strangers
from services.scoring.backtest.judge import barren
from services.scoring.backtest.look import Plan
from services.scoring.backtest.looks import NEVER
from services.scoring.backtest.measures import Floats
from services.scoring.backtest.plain import Asking, plain, together
from services.scoring.backtest.run import Progress, of_each, run, spread_out
from services.scoring.backtest.telling import NOTHING_TOLD, Telling, telling

ALSO = ("volume", "recency", "depth", "stickiness")  # need no facts and no names; on some products they say more
KEY = "key_level"


class Rows(NamedTuple):
    """One row for each account and date asked about.

    `units`: what each signal of the offered card sees, what abstained filled in; `card`: what the signals of the card
    one has come to; `six`: the plain figures. `ahead`: milliseconds to the churn, or NEVER.
    """

    units: Floats
    card: Floats
    six: Floats
    churns: NDArray[np.bool_]
    account: NDArray[np.int32]
    at: NDArray[np.int64]
    ahead: NDArray[np.int64]
    horizon: Instant

    def where(self, rows: NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        return Rows(
            self.units[rows],
            self.card[rows],
            self.six[rows],
            self.churns[rows],
            self.account[rows],
            self.at[rows],
            self.ahead[rows],
            self.horizon,
        )

    def known_at(self, at: Instant) -> "Rows":
        """The rows whose horizon was over by an instant: their labels were known then."""
        return self.where(self.at + self.horizon <= at)

    def since(self, at: Instant) -> "Rows":
        """The rows asked about from an instant on."""
        return self.where(self.at >= at)


class Evidence(NamedTuple):
    """The rows, the card that a fit of them can make, and which kinds of events they told of."""

    rows: Rows
    offer: Scorecard
    told: Telling


def evidence(wish: Wish, card: Scorecard, at: Instant | None, step: Callable[[Progress], None]) -> Evidence:
    """Live through a history under a card without its variants. Raises BacktestRefused.

    What was known `at` an instant tells which kinds of events are key, and which are friction; None: nothing does.
    """
    card, question = replace(card, variants=()), wish.question
    with spread_out(wish.events, wish.columns, step) as history:
        tuple(strangers(wish.outcomes, history))
        counted = together(of_each(history, plain, Asking(question, wish.outcomes.churned_at), step))
        told = NOTHING_TOLD if at is None else telling(counted, counted.at + question.horizon <= at)
        offer = offered(card, told)
        looked = run(history, Plan(question, (card, offer), 0, (), wish.outcomes.churned_at), step)
    barren(looked.asked, question)
    account, asked_at = looked.asked.account, np.array(question.dates, np.int64)[looked.asked.date]
    churned_at = np.array([wish.outcomes.churned_at.get(name, NEVER) for name in looked.accounts], np.int64)[account]
    of_card, of_offer = (filled(units, it) for units, it in zip(looked.u, (card, offer), strict=True))
    rows = Rows(
        units=of_offer,
        card=of_card @ points_of(card),
        six=counted.six,
        churns=looked.asked.churns,
        account=account,
        at=asked_at,
        ahead=np.where(churned_at == NEVER, NEVER, churned_at - asked_at),
        horizon=question.horizon,
    )
    return Evidence(rows, offer, told)


def points_of(card: Scorecard) -> Floats:
    """The points of each signal."""
    return np.array([weighted.points for weighted in card.signals], np.float64)


def filled(units: NDArray[np.float32], card: Scorecard) -> Floats:
    """What signals see; those that abstain leave their points to the others, as in a score."""
    known, points = ~np.isnan(units), points_of(card)
    shared = np.where(known, units, 0) @ points / np.maximum(known @ points, 1)
    return np.where(known, units, shared[:, None]).astype(np.float64)


def offered(card: Scorecard, told: Telling = NOTHING_TOLD) -> Scorecard:
    """The card with what else a fit may use, at a point each: enough to be evaluated, too little to draw the fit.

    What outcomes told joins the names that the card has.
    """
    there = {weighted.signal for weighted in card.signals}
    also = (*ALSO, *(("friction",) if told.friction else ()), *((KEY,) if told.key_features else ()))
    more = tuple(Weighted(signal=name, points=1) for name in also if name not in there)
    inputs = replace(
        card.inputs,
        friction=tuple(dict.fromkeys((*card.inputs.friction, *told.friction))),
        key_features=tuple(dict.fromkeys((*card.inputs.key_features, *told.key_features))),
    )
    return replace(card, signals=(*card.signals, *more), inputs=inputs, variants=())
