"""One step of one account: a record is observed, an instant is reached, and what changed is returned.

    observe(account, record)                    a record of the log changes the state
    advance(account, instant, card, cause)      the state is looked at, and a change emitted if there is one

Both update the state in place, which is theirs alone.
"""

from functools import lru_cache
from typing import Any, NamedTuple, assert_never

from schemas.activity import FACT_FIELDS, AccountFacts, Contact, Event, OfAccount, Outcome, UserLink
from schemas.changes import (
    GRAINS_PER_POINT,
    Before,
    Cause,
    CauseKind,
    Contribution,
    Facts,
    ScoreChange,
    State,
)
from schemas.time import Instant, day_of, instant_of, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.card import Card
from services.scoring.core.evaluate import FULL, evaluate, next_due
from services.scoring.core.facts import merge, told
from services.scoring.core.inputs import NOTHING, Watch
from services.scoring.core.reading import Reading
from services.scoring.core.state import Account, Served
from services.scoring.core.tally import Tally


class Because(NamedTuple):
    """The record at hand: what it is to the changes that it makes known.

    `log_id`, partition and offset name it for ever; `ordinal` counts the changes that it has caused for this account.
    """

    log_id: str
    kind: CauseKind
    partition: int
    offset: int
    known_at: Instant
    event: Event | None = None
    ordinal: int = 0


def observe(account: Account, record: OfAccount, watch: Watch = NOTHING) -> None:
    """Take a record of this account into its state. Records may come in any order: the state is the same."""
    match record:
        case Event():
            _observe_event(account, record, watch)
        case AccountFacts():
            if merge(account.facts, record):
                account.told = told(account.facts)
                account.settled = None
        case UserLink():
            account.users.link(record.user_id)
            account.settled = None
        case Contact() | Outcome():
            _observe_judgement(account, record)
        case _:
            assert_never(record)
    if isinstance(record, Event) and record.backfill:
        account.importing = True
    else:
        account.touched = True


def _observe_judgement(account: Account, record: Contact | Outcome) -> None:
    at = instant_of(record.occurred_at)
    account.settled = None
    if isinstance(record, Contact):
        account.contact_at = at if account.contact_at is None else max(account.contact_at, at)
    else:
        outcome = (at, record.outcome.value)
        account.outcome = outcome if account.outcome is None else max(account.outcome, outcome)


def _observe_event(account: Account, event: Event, watch: Watch) -> None:
    at = instant_of(event.occurred_at)
    day = day_of(at)
    if account.first_at is None or account.last_at is None:
        account.first_at = account.last_at = at
        account.watched = len(watch)
    elif at > account.last_at:
        account.last_at = at
    elif at < account.first_at:
        account.first_at = at
    account.daily.add(day)
    is_news = account.was_active(day) or day < account.active.newest
    if event.user_id is not None:
        is_news |= account.users.saw(event.user_id, day)
    if event.feature is not None:
        is_news |= account.features.saw(event.feature, day)
    numbers = watch.numbers(event)
    for number in numbers:
        account.tallies.setdefault(number, Tally()).add(day, at, watch.catalogue[number].first)
    if is_news or numbers:
        account.settled = None


def advance(account: Account, at: Instant, card: Card, because: Because) -> ScoreChange | None:
    """Look at an account at an instant; the change, if what is served is no longer right.

    A change is emitted when the score in whole points, the state or its reason, the scorecard, the facts or the last
    active day differ from what was emitted last.
    """
    reading = evaluate(account, at, card)
    account.due = next_due(account, at)
    before = account.served
    if before is not None and not _differs(before, reading, card, account):
        return None
    served = account.served = Served(
        sequence=1 if before is None else before.sequence + 1,
        at=at,
        score=reading.score,
        state=reading.state,
        reason=reading.reason,
        scorecard=card.label,
        facts=account.told,
        points={name: grains for (name, _, _), grains in zip(card.signals, reading.grains, strict=False)},
        active_on=account.active_on,
    )
    return _change(account, served, before, reading, card, because)


def _differs(before: Served, reading: Reading, card: Card, account: Account) -> bool:
    return (
        _whole(reading.score) != _whole(before.score)
        or reading.state is not before.state
        or account.active_on != before.active_on
        or reading.reason is not before.reason
        or account.told != before.facts
        or card.label != before.scorecard
    )


def _whole(score: int | None) -> int | None:
    return None if score is None else (score + GRAINS_PER_POINT // 2) // GRAINS_PER_POINT


def _change(
    account: Account, served: Served, before: Served | None, reading: Reading, card: Card, because: Because
) -> ScoreChange:
    event = because.event
    is_of_scorecard = before is not None and before.scorecard != card.label
    return ScoreChange(
        id=f"{because.log_id}:{because.partition}:{because.offset}:{account.account_id}:{because.ordinal}",
        account_id=account.account_id,
        sequence=served.sequence,
        at=moment_of(served.at),
        known_at=moment_of(because.known_at),
        cause=Cause(
            kind=CauseKind.SCORECARD if is_of_scorecard else because.kind,
            partition=because.partition,
            offset=because.offset,
            event_name=event.event_name if event else None,
            message_id=event.message_id if event else None,
        ),
        score=_points(reading.score),
        band=None if reading.state is State.UNKNOWN else reading.state,
        state=reading.state,
        reason=reading.reason,
        confidence=reading.known_points * 1_000 // card.all_points / 1_000,
        contributions=_contributions(before, reading, card),
        previous=None
        if before is None
        else Before(score=_points(before.score), state=before.state, at=moment_of(before.at)),
        facts=_facts(served.facts),
        first_event_at=None if account.first_at is None else moment_of(account.first_at),
        last_event_at=None if account.last_at is None else moment_of(account.last_at),
        silence_deadline=None if (deadline := account.silence_deadline) is None else moment_of(deadline),
        scorecard=card.label,
        engine=ENGINE,
    )


def _contributions(before: Served | None, reading: Reading, card: Card) -> tuple[Contribution, ...]:
    """One for each signal of the card, none while the state is unknown."""
    previous = before.points if before else {}
    contributions = []
    for (name, _, points), saw, grains in zip(card.signals, reading.seen, reading.grains, strict=False):
        was = previous.get(name)
        contributions.append(
            Contribution(
                signal=name,
                value=None if saw is None else saw.value / 1_000,
                points=grains / GRAINS_PER_POINT,
                limit=0.0 if saw is None else points * FULL // reading.known_points / GRAINS_PER_POINT,
                previous_points=None if was is None else was / GRAINS_PER_POINT,
            )
        )
    return tuple(contributions)


@lru_cache(maxsize=4_096)
def _facts(told: tuple[Any, ...]) -> Facts:
    return Facts(**dict(zip(FACT_FIELDS, told, strict=True)))


def _points(grains: int | None) -> float | None:
    return None if grains is None else grains / GRAINS_PER_POINT
