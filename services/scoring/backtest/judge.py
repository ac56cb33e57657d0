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


def barren(asked: Asked, question: Question) -> tuple[str, ...]:
    """In words, each date that cannot be judged by itself. Raises QuestionRefused where all together cannot."""
    why = _why_not(asked, np.ones(len(asked.date), np.bool_))
    if why is not None:
        at = iso(question.dates[0]) if len(question.dates) == 1 else f"at none of {len(question.dates)} dates"
        msg = f"{at}: {why}: nothing can be judged"
        raise QuestionRefused(msg)
    of_dates = {at: _why_not(asked, asked.date == place) for place, at in enumerate(question.dates)}
    return tuple(f"{iso(at)} has no figures of its own: {why}" for at, why in of_dates.items() if why is not None)


def can_be_judged(asked: Asked, question: Question, dates: tuple[Instant, ...]) -> bool:
    """Whether some of the accounts asked about at these dates churned, and some did not."""
    return _why_not(asked, _at(asked, question, dates)) is None


def _why_not(asked: Asked, rows: NDArray[np.bool_]) -> str | None:
    churns = asked.churns[rows]
    if not len(churns):
        return "no account is old and active enough to be asked about"
    if not churns.any():
        return f"none of {len(churns):,} accounts churned within the horizon"
    return f"all {len(churns):,} accounts churned within the horizon" if churns.all() else None


def _at(asked: Asked, question: Question, dates: tuple[Instant, ...]) -> NDArray[np.bool_]:
    return np.isin(asked.date, [place for place, at in enumerate(question.dates) if at in dates])


def part(name: str, asked: Asked, question: Question, cards: dict[str, int], dates: tuple[Instant, ...]) -> Part:
    """The rows of some of the question's dates. `cards`: the column of each."""
    rows = _at(asked, question, dates)
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
