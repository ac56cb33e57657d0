"""What was seen of accounts at instants, in columns: what every measure of a backtest is made from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

NO_SCORE = -1
NEVER = 2**62  # later than any instant, in columns that cannot hold None
BANDS = ("unknown", "healthy", "watch", "at_risk")  # by the number that columns hold


@dataclass(frozen=True, slots=True)
class Asked:
    """The accounts asked about, one row for each date and account; a column of a matrix is a card.

    `account` numbers the run's `accounts`, `date` the question's dates. `silence` and `events` are the baselines:
    milliseconds since the last event and events of the last 28 days. `score` is in grains, or NO_SCORE.
    """

    account: NDArray[np.int32]
    date: NDArray[np.int16]
    churns: NDArray[np.bool_]
    silence: NDArray[np.int64]
    events: NDArray[np.int32]
    score: NDArray[np.int32]  # rows x cards
    band: NDArray[np.int8]  # rows x cards


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every account once a week, from its first event to its churn or the end. Rows of an account are together.

    `silence`: milliseconds since the last event.
    """

    account: NDArray[np.int32]
    week: NDArray[np.int16]  # numbers the plan's `weeks`
    silence: NDArray[np.int64]
    score: NDArray[np.int32]  # rows x cards
    band: NDArray[np.int8]  # rows x cards


@dataclass(frozen=True, slots=True)
class Looked:
    """Everything that was seen of some accounts."""

    accounts: tuple[str, ...]
    asked: Asked
    weekly: Weekly
    u: tuple[NDArray[np.float32], ...]  # for each card, rows of `asked` x its signals; NaN: it abstained


def together(parts: Sequence[Looked]) -> Looked:
    """What was seen of groups of accounts, as of one; account numbers go on from group to group."""
    before = np.cumsum([0, *(len(part.accounts) for part in parts)])
    asked = _joined([part.asked for part in parts], before, Asked)
    weekly = _joined([part.weekly for part in parts], before, Weekly)
    u = tuple(np.concatenate(columns) for columns in zip(*(part.u for part in parts), strict=True))
    return Looked(tuple(name for part in parts for name in part.accounts), asked, weekly, u)


_Rows = TypeVar("_Rows", Asked, Weekly)


def _joined(parts: Sequence[_Rows], before: NDArray[np.int64], kind: type[_Rows]) -> _Rows:
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)}
    sizes = [len(part.account) for part in parts]
    columns["account"] = columns["account"] + np.repeat(before[:-1], sizes).astype(np.int32)
    return kind(**columns)
