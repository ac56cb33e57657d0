"""One step of one account: a record is observed, an instant is reached, and what changed is returned.

    observe(account, record)                    a record of the log changes the state
    forget_user(account, user)                  a user is in it no longer
    advance(account, instant, card, cause)      the state is looked at, and what is news is emitted

All update the state in place, which is theirs alone.
"""

from collections.abc import Sequence
from typing import assert_never

from schemas.activity import AccountFacts, Contact, Event, Mute, OfAccount, Outcome, Override, UserLink
from schemas.changes import CauseKind, ScoreChange, State, UnknownReason
from schemas.conditions import Condition
from schemas.time import DAY, Instant, day_of, instant_of, moment_of, shared_day
from services.scoring.core.because import Because
from services.scoring.core.card import Card
from services.scoring.core.change import change_of
from services.scoring.core.conditions.condition import conditions_of
from services.scoring.core.conditions.news import Look, dwell_ends, news, note
from services.scoring.core.evaluate import evaluate, next_due, told_by
from services.scoring.core.facts import merge, told
from services.scoring.core.inputs import NOTHING, Watch
from services.scoring.core.judgements import newest
from services.scoring.core.milestones import standing_of
from services.scoring.core.novelty import ACTIVE_DAY, EVENT, OTHER, SCORE, USE
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.reading import WHOLE, Reading, Standing
from services.scoring.core.state import Account, Served
from services.scoring.core.tally import Tally

__all__ = ["Because", "advance", "forget_user", "observe", "observe_event"]


def observe(account: Account, record: OfAccount, watch: Watch = NOTHING) -> None:
    """Take a record of this account into its state. Records may come in any order: the state is the same."""
    match record:
        case Event():
            observe_event(account, record, instant_of(record.occurred_at), watch)
            return
        case AccountFacts():
            if merge(account.facts, record):
                account.told = told(account.facts)
        case UserLink():
            account.users.link(record.user_id)
        case Contact() | Outcome() | Override() | Mute():
            _observe_judgement(account, record)
        case _:
            assert_never(record)
    account.news |= OTHER
    account.touched = True


def forget_user(account: Account, user_id: str) -> bool:
    """Take a user out of the state; whether they were in it. The days on which the account was active stay."""
    if not account.users.forget(user_id):
        return False
    account.news |= OTHER
    account.touched = True
    return True


def _observe_judgement(account: Account, record: Contact | Outcome | Override | Mute) -> None:
    match record:
        case Contact():
            at = instant_of(record.occurred_at)
            account.contact_at = at if account.contact_at is None else max(account.contact_at, at)
        case Outcome():
            outcome = (instant_of(record.occurred_at), record.outcome.value)
            account.outcome = outcome if account.outcome is None else max(account.outcome, outcome)
        case Override():
            account.override = newest(account.override, record)
        case Mute():
            account.mute = newest(account.mute, record)
        case _:
            assert_never(record)


def observe_event(account: Account, event: Event, at: Instant, watch: Watch) -> None:
    """Take an event, which occurred at an instant, into an account's state: the same in whatever order they come."""
    day, news, active, evaluated_on = at // DAY, EVENT, account.active, account.evaluated_on
    user, feature, watched = event.user_id, event.feature, watch.names
    if account.first_at is None:
        account.watched = len(watch)
    account.was_heard(at)
    if day == active.newest and active.mask:
        day = active.newest  # the object that all hold
    else:
        day = shared_day(day)
        news |= ACTIVE_DAY if account.was_active(day) and day == active.newest else OTHER
    if evaluated_on is not None and day < evaluated_on:  # though no day of activity may be younger
        news |= OTHER
        account.late |= not event.backfill
    account.sources.saw(event.source, day)
    account.daily.add(day)
    if user is not None:
        news |= account.users.saw(user, day)
    if feature is not None:
        news |= account.features.saw(feature, day)
    if event.event_name in watched or feature in watched:
        news |= OTHER
        _count(account, event, at, watch)
    account.news |= news
    if event.backfill:
        account.importing = True
    else:
        account.touched = True


def _count(account: Account, event: Event, at: Instant, watch: Watch) -> None:
    """Count the event for the inputs that watch it."""
    for number in watch.numbers(event):
        account.tallies.setdefault(number, Tally()).add(day_of(at), at, watch.catalogue[number].first)


Told = tuple[ScoreChange | None, Sequence[Condition]]


def advance(account: Account, at: Instant, card: Card, because: Because, outages: Outages = NO_OUTAGES) -> Told:
    """Look at an account at an instant: the change, if what is served is no longer right, and the conditions.

    A change is emitted when the score in whole points, the state or its reason, the scorecard or its variant, the
    facts, the last active day, an override, a mute or what has been reached differ from what was emitted last.
    """
    reading = evaluate(account, at, card, outages)
    if account.late:
        account.late = False
        if because.kind is CauseKind.TICK:
            because = because.of_kind(CauseKind.LATE)
    account.evaluated_on = at // DAY
    before, change = account.served, None
    standing = standing_of(account, at, card.feeds)
    if before is None or _differs(before, reading, card, account, standing):
        change = _serve(account, at, card, reading, standing, because)
    if standing.override is not None:
        state = _state(reading, standing)
        reading = Reading(reading.score, state, reading.reason, reading.known_points)
    conditions: Sequence[Condition] = ()
    rules = card.rules
    if rules.rules or account.holds:
        if rules.trail_days:
            note(account, reading, rules, at // DAY)
        if rules.concern(account, at, reading):
            is_backfill = because.kind is CauseKind.IMPORT
            look = Look(account, at, card, reading, standing.mute is not None, is_backfill, outages)
            conditions = conditions_of(news(look), look, before, because)
    due = next_due(account, at, card)
    account.due = min([due, *dwell_ends(account, rules)]) if account.holds else due
    return change, conditions


def _serve(
    account: Account, at: Instant, card: Card, reading: Reading, standing: Standing, because: Because
) -> ScoreChange:
    before, settled = account.served, account.settled
    if before is not None and settled is not None and before.standing.override is not standing.override:
        settled.news |= SCORE  # rules see the state that is served
    values, points = told_by(account, card, reading)
    served = account.served = Served(
        1 if before is None else before.sequence + 1,
        at,
        reading.score,
        reading.state if standing.override is None else _state(reading, standing),
        reading.reason,
        card.name,
        account.told,
        card.names if values else (),
        points,
        values,
        account.active_on,
        reading.state,
        standing,
        because.moment if at == because.known_at else moment_of(at),
    )
    return change_of(account, served, before, reading, card, because)


def _state(reading: Reading, standing: Standing) -> State:
    """The state that is served: somebody's word, except about who has left."""
    override = standing.override
    if override is None or override.band is None or reading.reason is UnknownReason.CHURNED:
        return reading.state
    return override.band


def _differs(before: Served, reading: Reading, card: Card, account: Account, standing: Standing) -> bool:
    score, settled = reading.score, account.settled
    if (
        reading.state is not before.computed
        or (score is not None and before.score is not None and WHOLE[score] != WHOLE[before.score])
        or (standing is not before.standing and standing != before.standing)
    ):
        return True
    if score is not None and settled is not None and not settled.news & ~(USE | SCORE):
        return False
    return (
        account.active_on != before.active_on
        or reading.reason is not before.reason
        or (account.told is not before.facts and account.told != before.facts)
        or card.name != before.scorecard
    )
