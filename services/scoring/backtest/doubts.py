"""What a reader should know of the files, beside what was found in them."""

from collections.abc import Iterator

import numpy as np

from services.scoring.backtest.buckets import Spread
from services.scoring.backtest.looks import NEVER, Looked
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import QuestionRefused

_NAMED = 3  # accounts that are named; the rest is counted


def strangers(outcomes: Outcomes, history: Spread) -> Iterator[str]:
    """Accounts of one file that the other does not know.

    Raises QuestionRefused where the files do not belong together.
    """
    unseen = sorted(outcomes.known - history.accounts)
    if 2 * len(unseen) > len(outcomes.known):
        msg = (
            f"{len(unseen):,} of {len(outcomes.known):,} accounts of the outcomes have no event, such as "
            f"{unseen[0]!r}, while events are of accounts such as {min(history.accounts)!r}: are these the same ids?"
        )
        raise QuestionRefused(msg)
    if unseen:
        yield f"accounts of the outcomes without an event, left out: {_named(unseen)}"
    if nameless := sorted(history.accounts - outcomes.known):
        yield f"accounts with events but no outcome, counted as not churned: {_named(nameless)}"


def unobserved(outcomes: Outcomes, question: Question, looked: Looked) -> Iterator[str]:
    """Accounts of which nobody knows whether they churned within a horizon."""
    until = np.array([outcomes.observed_until.get(name, NEVER) for name in looked.accounts], np.int64)
    ends = np.array(question.dates, np.int64)[looked.asked.date] + question.horizon
    early = ~looked.asked.churns & (until[looked.asked.account] < ends)
    if early.any():
        names = sorted({looked.accounts[number] for number in looked.asked.account[early].tolist()})
        yield f"accounts not observed until the end of a horizon, counted as not churned in it: {_named(names)}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
