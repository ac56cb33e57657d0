"""What one would count first of the accounts asked about: six plain figures, and how often each kind of event came."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.time import DAY, Instant
from services.scoring.backtest.buckets import Life, lives
from services.scoring.backtest.measures import Floats
from services.scoring.backtest.question import Question

KINDS = 64  # of events, by name or feature: the most frequent, so that memory is bounded by accounts
RECENT, LONG = 28 * DAY, 84 * DAY
_HALF = 14 * DAY


class Asking(NamedTuple):
    """Who is asked about, and when."""

    question: Question
    churned_at: Mapping[str, Instant]


class Plain(NamedTuple):
    """One row for each account and date asked about, in the order of a run's `Asked`.

    `six`: logarithms (of 1 + x, but for the ratio) of days since the last event; events of the last 14 days + 1 over
    those of the 14 before + 1; events, active days and active users of 28 days; and age in days. `often`: rows x
    kinds, how many events of 84 days had that name or feature; `events`: how many there were.
    """

    at: NDArray[np.int64]
    churns: NDArray[np.bool_]
    six: Floats
    events: NDArray[np.int64]
    kinds: tuple[str, ...]
    often: NDArray[np.int64]


def plain(file: Path, asking: Asking) -> Plain:
    """Count for the accounts of a group."""
    asked: list[tuple[Instant, bool]] = []
    six, counts = [], []
    for life in lives(file):
        churned_at = asking.churned_at.get(life.account_id)
        for at in asking.question.dates:
            seen = bisect_left(life.at, at)
            if seen and asking.question.asks_about(at, life.at[0], life.at[seen - 1], churned_at):
                asked.append((at, asking.question.is_positive(at, churned_at)))
                six.append(_six(life, at, seen))
                counts.append(_counts(life, bisect_left(life.at, at - LONG), seen))
    every: Counter[str] = Counter()
    for _, of_row in counts:
        every.update(of_row)
    kinds = _most_frequent(every, KINDS)
    return Plain(
        np.array([at for at, _ in asked], np.int64),
        np.array([churns for _, churns in asked], np.bool_),
        np.array(six, np.float64).reshape(len(six), 6),
        np.array([events for events, _ in counts], np.int64),
        kinds,
        np.array([[of_row[kind] for kind in kinds] for _, of_row in counts], np.int64).reshape(len(six), len(kinds)),
    )


def together(parts: Sequence[Plain], most: int = KINDS) -> Plain:
    """What was counted in groups of accounts, as of one; of `most` kinds of events."""
    every: Counter[str] = Counter()
    for part in parts:
        every.update(dict(zip(part.kinds, part.often.sum(axis=0).tolist(), strict=True)))
    kinds = _most_frequent(every, most)
    return Plain(
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.churns for part in parts]),
        np.concatenate([part.six for part in parts]),
        np.concatenate([part.events for part in parts]),
        kinds,
        np.concatenate([_columns(part, kinds) for part in parts]),
    )


def _columns(part: Plain, kinds: Sequence[str]) -> NDArray[np.int64]:
    """What a group counted of some kinds of events: nothing of those that it did not meet."""
    of_kind = dict(zip(part.kinds, part.often.T, strict=True))
    none = np.zeros(len(part.events), np.int64)
    return np.array([of_kind.get(kind, none) for kind in kinds], np.int64).reshape(len(kinds), len(part.events)).T


def _most_frequent(every: Counter[str], most: int) -> tuple[str, ...]:
    return tuple(sorted(sorted(every), key=lambda kind: -every[kind])[:most])


def _six(life: Life, at: Instant, seen: int) -> tuple[float, ...]:
    recent = bisect_left(life.at, at - RECENT)
    half = bisect_left(life.at, at - _HALF)
    days = len({one // DAY for one in life.at[recent:seen]})
    users = len({user for user in life.users[recent:seen] if user is not None})
    silent, age = (at - life.at[seen - 1]) / DAY, (at - life.at[0]) / DAY
    ratio = (seen - half + 1) / (half - recent + 1)
    return (
        float(np.log1p(silent)),
        float(np.log(ratio)),
        *np.log1p([seen - recent, days, users, age]).tolist(),
    )


def _counts(life: Life, first: int, seen: int) -> tuple[int, Counter[str]]:
    """How many events there were, and of which names and features; one that is both counts once."""
    kinds = Counter(life.event_names[first:seen])
    pairs = zip(life.event_names[first:seen], life.features[first:seen], strict=True)
    kinds.update(feature for name, feature in pairs if feature is not None and feature != name)
    return seen - first, kinds
