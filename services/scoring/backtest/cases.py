"""The accounts that a card was most wrong about, with its reasons at the time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from schemas.changes import CauseKind, Contribution, ScoreChange
from schemas.scorecard import Scorecard
from schemas.sentences import Language, contribution_sentence
from schemas.time import Instant
from services.scoring.backtest.buckets import Spread, bucket_of, lives
from services.scoring.backtest.fold import lived_until
from services.scoring.backtest.looks import NO_SCORE, Looked
from services.scoring.backtest.ready import ready
from services.scoring.core.step import Because, advance

SHOWN = 5  # of each kind: enough to see a pattern, few enough to be read
_REASONS = 3


class Wrong(NamedTuple):
    """An account and a date at which a card was wrong about it."""

    account_id: str
    at: Instant
    column: int
    is_miss: bool


def most_wrong(looked: Looked, dates: Sequence[Instant], column: int) -> list[Wrong]:
    """The calmest scores of those who churned, and the highest of those who did not; each account once."""
    score, churns = looked.asked.score[:, column], looked.asked.churns
    found: list[Wrong] = []
    for is_miss, rows in ((True, churns), (False, ~churns)):
        places = np.flatnonzero(rows & (score != NO_SCORE))
        order = np.argsort(score[places] if is_miss else -score[places], kind="stable")
        accounts: set[int] = set()
        for place in places[order].tolist():
            number = int(looked.asked.account[place])
            if number not in accounts:
                accounts.add(number)
                at = dates[looked.asked.date[place]]
                found.append(Wrong(looked.accounts[number], at, column, is_miss))
            if len(accounts) == SHOWN:
                break
    return found


def changes(history: Spread, wanted: Sequence[Wrong], scorecards: Sequence[Scorecard]) -> Mapping[Wrong, ScoreChange]:
    """What would have been served of each account at its date: its life is lived through once more."""
    found: dict[Wrong, ScoreChange] = {}
    cards, watch = ready(scorecards)
    for wrong in wanted:
        life = next(lives(history.files[bucket_of(wrong.account_id)], {wrong.account_id}))
        for at, _, account in lived_until(life, (wrong.at,), watch):
            because = Because("backtest", CauseKind.TICK, 0, 0, at)
            change, _ = advance(account, at, cards[wrong.column].card(account, at), because)
            if change is not None:
                found[wrong] = change
    return found


def reasons(change: ScoreChange, is_miss: bool) -> tuple[str, ...]:  # noqa: FBT001 - what the account is, not how to do it
    """What added most to a score that was too high, or most held down one that was too low, in plain sentences."""

    def weight(contribution: Contribution) -> float:
        return contribution.limit - contribution.points if is_miss else contribution.points

    known = [contribution for contribution in change.contributions if contribution.value is not None]
    return tuple(
        contribution_sentence(contribution, change).told(Language.EN)
        for contribution in sorted(known, key=weight, reverse=True)[:_REASONS]
    )
