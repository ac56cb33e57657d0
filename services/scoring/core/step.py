"""One step of one account: a record is observed, an instant is reached, and what changed is returned.

    observe(account, record)                    a record of the log changes the state
    advance(account, instant, card, cause)      the state is looked at, and a change emitted if there is one

Both update the state in place, which is theirs alone.
"""

from typing import NamedTuple, assert_never

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
from services.scoring.core.evaluate import FULL, Reading, evaluate, next_due
from services.scoring.core.facts import merge, told
from services.scoring.core.state import Account, Served
from services.scoring.core.windows import mark


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


def observe(account: Account, record: OfAccount) -> None:
    """Take a record of this account into its state. Records may come in any order: the state is the same."""
    match record:
        case Event():
            _observe_event(account, record)
        case AccountFacts():
            if merge(account.facts, record):
                account.told = told(account.facts)
        case UserLink():
            if record.user_id not in account.users.members and account.users.takes(record.user_id):
                account.users.put(record.user_id, (0, 0))
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
    if isinstance(record, Contact):
        account.contact_at = at if account.contact_at is None else max(account.contact_at, at)
    else:
        outcome = (at, record.outcome.value)
        account.outcome = outcome if account.outcome is None else max(account.outcome, outcome)


def _observe_event(account: Account, event: Event) -> None:
    at = instant_of(event.occurred_at)
    day = day_of(at)
    account.first_at = at if account.first_at is None else min(account.first_at, at)
    account.last_at = at if account.last_at is None else max(account.last_at, at)
    account.active.add(day)
    account.daily.add(day)
    user, feature = event.user_id, event.feature
    if user is not None and account.users.takes(user):
        newest, mask = account.users.members.get(user, (day, 0))
        account.users.put(user, mark(newest, mask, day))
    if feature is not None and account.features.takes(feature):
        newest, count = account.features.members.get(feature, (day, 0))
        account.features.put(feature, (max(newest, day), count + 1))


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
        reading.state is not before.state
        or _whole(reading.score) != _whole(before.score)
        or reading.reason != before.reason
        or card.label != before.scorecard
        or account.told != before.facts
        or account.active_on != before.active_on
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
        facts=Facts(**dict(zip(FACT_FIELDS, served.facts, strict=True))),
        first_event_at=None if account.first_at is None else moment_of(account.first_at),
        last_event_at=None if account.last_at is None else moment_of(account.last_at),
        silence_deadline=None if (deadline := account.silence_deadline) is None else moment_of(deadline),
        scorecard=card.label,
        engine=ENGINE,
    )


def _contributions(before: Served | None, reading: Reading, card: Card) -> tuple[Contribution, ...]:
    """One for each signal of the card, none while the state is unknown."""
    previous = before.points if before else {}
    return tuple(
        [
            Contribution(
                signal=name,
                value=saw and saw.value / 1_000,
                points=grains / GRAINS_PER_POINT,
                limit=(points * FULL // reading.known_points if saw else 0) / GRAINS_PER_POINT,
                previous_points=_points(previous.get(name)),
            )
            for (name, _, points), saw, grains in zip(card.signals, reading.seen, reading.grains, strict=False)
        ]
    )


def _points(grains: int | None) -> float | None:
    return None if grains is None else grains / GRAINS_PER_POINT
