"""The alerts that each rule of a card would have raised: conditions as the core decides them, each at its instant."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from schemas.changes import CauseKind
from schemas.conditions import Status
from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant, instant_of
from services.scoring.backtest.alerts import Caseload
from services.scoring.backtest.buckets import Life, lives
from services.scoring.backtest.fold import event_of
from services.scoring.backtest.measures import Estimate, share
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.ready import Ready, ready
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import Because, advance, observe


class OfRule(Struct, frozen=True):
    """How often a rule's condition opened for accounts that the question is about, and how often it was right.

    `precision`: of the `known` ones, whose whole horizon was observed, those followed by a churn within it;
    `by_chance`: the same of random accounts.
    """

    rule: str
    opened: int
    known: int
    precision: Estimate
    by_chance: float


class Lived(NamedTuple):
    """What accounts are lived through under. `left_at`: who churned or was observed no longer; `ends`: all others."""

    scorecard: Scorecard
    question: Question
    left_at: Mapping[str, Instant]
    ends: Instant


class Opened(NamedTuple):
    """A condition that opened for an account that the question was about."""

    rule: str
    account_id: str
    at: Instant


def opened(file: Path, lived: Lived) -> list[Opened]:
    """What opened for the accounts of a group."""
    using = ready((lived.scorecard,))
    return [found for life in lives(file) for found in _of(life, lived, using)]


def of_rules(found: Iterable[Opened], lived: Lived, outcomes: Outcomes, caseload: Caseload) -> tuple[OfRule, ...]:
    """Every rule of the card, in its order; a rule whose events never came opened nothing."""
    names = dict.fromkeys(rule.name for card in lived.scorecard.all_variants() for rule in card.rules)
    base = caseload.counts & caseload.known
    by_chance = float((caseload.ahead <= caseload.horizon)[base].mean()) if base.any() else float("nan")
    every = list(found)
    numbers = {name: number for number, name in enumerate(sorted({one.account_id for one in every}))}
    told = []
    for name in names:
        of_rule = [one for one in every if one.rule == name]
        known = [
            one
            for one in of_rule
            if one.at + lived.question.horizon <= outcomes.observed_until.get(one.account_id, lived.ends)
        ]
        hits = [lived.question.is_positive(one.at, outcomes.churned_at.get(one.account_id)) for one in known]
        accounts = np.array([numbers[one.account_id] for one in known], np.int32)
        told.append(OfRule(name, len(of_rule), len(known), share(np.array(hits, np.bool_), accounts), by_chance))
    return tuple(told)


def _of(life: Life, lived: Lived, using: Ready) -> Iterator[Opened]:
    account = new_account(life.account_id)
    until = min(lived.left_at.get(life.account_id, lived.ends), lived.ends)
    for at, name, user, feature in zip(life.at, life.event_names, life.users, life.features, strict=True):
        if at > until:
            break
        yield from _due(account, at, lived, using)
        observe(account, event_of(life.account_id, at, name, user, feature), using.watch)
        if account.due is None:
            account.due = at - (at - account.phase) % DAY + DAY
        if name in using.cards[0].card(account, at).moments:
            yield from _looked(account, at, lived, using)
    yield from _due(account, until, lived, using)


def _due(account: Account, before: Instant, lived: Lived, using: Ready) -> Iterator[Opened]:
    """Everything due before an instant, one after the other."""
    while account.due is not None and account.due < before:
        yield from _looked(account, account.due, lived, using)


def _looked(account: Account, at: Instant, lived: Lived, using: Ready) -> Iterator[Opened]:
    because = Because("backtest", CauseKind.TICK, 0, 0, at)
    _, conditions = advance(account, at, using.cards[0].card(account, at), because)
    first, last = account.first_at, account.last_at
    if conditions and first is not None and last is not None and lived.question.asks_about(at, first, last, None):
        for condition in conditions:
            if condition.status is Status.OPENED:
                yield Opened(condition.rule, account.account_id, instant_of(condition.at))
