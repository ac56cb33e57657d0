"""Judges cards by what was seen of accounts and what became of them."""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from schemas.changes import GRAINS_PER_POINT
from schemas.time import Instant, iso
from services.scoring.backtest.looks import BANDS, NO_SCORE, Asked
from services.scoring.backtest.measures import Estimate, Floats, Rated, rate, rated
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import QuestionRefused

RECENCY, LEVEL = "recency alone", "level alone"  # days since the last event; events of 28 days
BASELINES = (RECENCY, LEVEL)
TENTHS = 10


class Group(Struct, frozen=True):
    """Some of the rows that a card scored alike: how many, their mean score in points, and how many churned."""

    name: str
    rows: int
    mean_score: float | None
    churn: Estimate


@dataclass(frozen=True, slots=True)
class Part:
    """All cards and baselines, by name, over the rows of some dates."""

    name: str
    dates: tuple[Instant, ...]
    rows: int
    positives: int
    rated: dict[str, Rated]

    @property
    def best_baseline(self) -> str:
        """The baseline with the highest AUC: chosen with hindsight, which no card has."""
        return max(BASELINES, key=lambda name: self.rated[name].auc.value)


def has_positives(asked: Asked, question: Question) -> None:
    """Raises QuestionRefused where a date has nobody to ask about, or nobody who churned."""
    for place, at in enumerate(question.dates):
        rows = asked.date == place
        if not rows.any():
            msg = f"{iso(at)}: no account is old and active enough to be asked about"
            raise QuestionRefused(msg)
        if not asked.churns[rows].any():
            msg = f"{iso(at)}: none of {int(rows.sum())} accounts churned within the horizon: nothing can be judged"
            raise QuestionRefused(msg)


def part(name: str, asked: Asked, question: Question, cards: dict[str, int], dates: tuple[Instant, ...]) -> Part:
    """The rows of some of the question's dates. `cards`: the column of each."""
    places = [place for place, at in enumerate(question.dates) if at in dates]
    rows = np.isin(asked.date, places)
    scores = {card: ranked(asked.score[rows, column]) for card, column in cards.items()}
    scores[RECENCY] = asked.silence[rows].astype(np.float64)
    scores[LEVEL] = -asked.events[rows].astype(np.float64)
    churns = asked.churns[rows]
    return Part(name, dates, int(rows.sum()), int(churns.sum()), rated(scores, churns, asked.account[rows]))


def ranked(score: NDArray[np.int32]) -> Floats:
    """Scores to rank by: an account without one is placed in the middle, since nothing is known of it."""
    known = score != NO_SCORE
    middle = float(np.median(score[known])) if known.any() else 0.0
    return np.where(known, score, middle).astype(np.float64)


def by_band(asked: Asked, column: int) -> tuple[Group, ...]:
    """The churn rate in each band of a card."""
    return tuple(_group(name, asked, column, asked.band[:, column] == number) for number, name in enumerate(BANDS))


def by_tenth(asked: Asked, column: int) -> tuple[Group, ...]:
    """The churn rate in each tenth of the scored rows, the calmest first: it should rise."""
    score = asked.score[:, column]
    order = np.argsort(score[score != NO_SCORE], kind="stable")
    known = np.flatnonzero(score != NO_SCORE)[order]
    groups = []
    for number, rows in enumerate(np.array_split(known, TENTHS), start=1):
        within = np.zeros(len(score), np.bool_)
        within[rows] = True
        groups.append(_group(str(number), asked, column, within))
    return tuple(groups)


def _group(name: str, asked: Asked, column: int, within: NDArray[np.bool_]) -> Group:
    score = asked.score[within, column]
    scored = score[score != NO_SCORE]
    mean = float(scored.mean() / GRAINS_PER_POINT) if len(scored) else None
    return Group(name, int(within.sum()), mean, rate(asked.churns, asked.account, within))
