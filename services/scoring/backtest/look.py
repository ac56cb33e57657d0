"""Looks at the accounts of one group: at the dates of the question, and once a week, under every card."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from schemas.changes import State
from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant
from services.scoring.backtest.buckets import Life, lives
from services.scoring.backtest.fold import lived_until
from services.scoring.backtest.looks import BANDS, NO_SCORE, Asked, Looked, Weekly
from services.scoring.backtest.question import Question
from services.scoring.backtest.ready import Ready, ready, signals_of
from services.scoring.core.card import Card
from services.scoring.core.evaluate import asked, evaluate
from services.scoring.core.fixed import ONE
from services.scoring.core.reading import Reading
from services.scoring.core.state import Account

LEVEL = 28 * DAY  # the baseline: events of four weeks
_NUMBERS = {State(band): number for number, band in enumerate(BANDS)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked at. `weeks`: instants a week apart, rising; no account is looked at after its churn.

    The first `followed` scorecards are looked at every week, all of them at the question's dates.
    """

    question: Question
    scorecards: tuple[Scorecard, ...]
    followed: int
    weeks: tuple[Instant, ...]
    churned_at: Mapping[str, Instant]


def look(file: Path, plan: Plan) -> Looked:
    """Live through every account of a group. Raises Leak."""
    rows = _Rows(plan, ready(plan.scorecards), [signals_of(scorecard) for scorecard in plan.scorecards])
    for life in lives(file):
        rows.live(life)
    return rows.looked()


@dataclass(slots=True)
class _Rows:
    plan: Plan
    ready: Ready
    signals: list[tuple[str, ...]]
    accounts: list[str] = field(default_factory=list)
    asked: list[tuple[int, int, bool, int, int]] = field(default_factory=list)
    asked_readings: list[list[tuple[int, int]]] = field(default_factory=list)
    units: list[list[list[float]]] = field(default_factory=list)
    weekly: list[tuple[int, int, int]] = field(default_factory=list)
    weekly_readings: list[list[tuple[int, int]]] = field(default_factory=list)

    def live(self, life: Life) -> None:
        """Live through one account, and keep what was seen."""
        number = len(self.accounts)
        self.accounts.append(life.account_id)
        question, churned_at = self.plan.question, self.plan.churned_at.get(life.account_id)
        dates = {at: place for place, at in enumerate(question.dates)}
        weeks = {at: place for place, at in enumerate(self.plan.weeks)}
        instants = sorted(at for at in {*dates, *weeks} if life.at[0] < at and (churned_at is None or at < churned_at))
        followed = self.ready.cards[: self.plan.followed]
        before: list[State | None] = [None] * len(self.ready.cards)
        for at, seen, account in lived_until(life, instants, self.ready.watch):
            place = dates.get(at)
            is_asked = place is not None and question.asks_about(at, life.at[0], life.at[seen - 1], churned_at)
            if not is_asked and at not in weeks:
                continue
            cards = [every.card(account, at) for every in (self.ready.cards if is_asked else followed)]
            looks = [_look(account, at, card) for card in cards]
            numbers = [
                _numbers(reading, card, band) for (reading, _), card, band in zip(looks, cards, before, strict=False)
            ]
            if at in weeks:
                before[: len(followed)] = [State(BANDS[band]) for _, band in numbers[: len(followed)]]
                self.weekly.append((number, weeks[at], at - life.at[seen - 1]))
                self.weekly_readings.append(numbers[: len(followed)])
            if place is not None and is_asked:
                level = seen - bisect_left(life.at, at - LEVEL)
                positive = question.is_positive(at, churned_at)
                self.asked.append((number, place, positive, at - life.at[seen - 1], level))
                self.asked_readings.append(numbers)
                columns = zip(looks, self.signals, strict=True)
                columns = zip(looks, self.signals, strict=True)
                self.units.append([[said.get(name, np.nan) for name in signals] for (_, said), signals in columns])

    def looked(self) -> Looked:
        """Everything seen, in columns."""
        account, date, churns, silence, events = _columns(self.asked, 5)
        readings = np.array(self.asked_readings, np.int32).reshape(len(self.asked), len(self.ready.cards), 2)
        weekly = np.array(self.weekly_readings, np.int32).reshape(len(self.weekly), self.plan.followed, 2)
        of_week, week, silent = _columns(self.weekly, 3)
        return Looked(
            tuple(self.accounts),
            Asked(
                account.astype(np.int32),
                date.astype(np.int16),
                churns.astype(np.bool_),
                silence,
                events.astype(np.int32),
                readings[:, :, 0],
                readings[:, :, 1].astype(np.int8),
            ),
            Weekly(
                of_week.astype(np.int32),
                week.astype(np.int16),
                silent,
                weekly[:, :, 0],
                weekly[:, :, 1].astype(np.int8),
            ),
            tuple(
                np.array([units[place] for units in self.units], np.float32).reshape(len(self.asked), len(signals))
                for place, signals in enumerate(self.signals)
            ),
        )


def _numbers(reading: Reading, card: Card, before: State | None) -> tuple[int, int]:
    if reading.score is None:
        return NO_SCORE, _NUMBERS[State.UNKNOWN]
    return reading.score, _NUMBERS[card.band(reading.score, before)]


def _look(account: Account, at: Instant, card: Card) -> tuple[Reading, Mapping[str, float]]:
    """The reading, and what each signal that does not abstain says, from 0 to 1."""
    reading = evaluate(account, at, card)
    if reading.score is None:
        return reading, {}
    seen = zip(card.names, asked(account, card).seen, strict=True)
    return reading, {name: saw.u / ONE for name, saw in seen if saw is not None}


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> "np.typing.NDArray[np.int64]":
    return np.array(rows, np.int64).reshape(len(rows), width).T
