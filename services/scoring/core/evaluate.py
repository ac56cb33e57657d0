"""What an account's score is at an instant, under a card, and when it must be looked at again."""

from typing import Final

from schemas.activity import OutcomeKind
from schemas.changes import State, UnknownReason
from schemas.time import DAY, Day, Instant, day_of
from services.scoring.core.card import Card, capped
from services.scoring.core.fixed import ONE
from services.scoring.core.milestones import deadline
from services.scoring.core.novelty import ANYTHING, DAY_PASSED, SCORE, SILENCE
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.reading import Reading, Settled
from services.scoring.core.state import Account

_NO_SCORE: Final = {reason: Reading(None, State.UNKNOWN, reason, 0, (), ()) for reason in UnknownReason}
_NOT_ENOUGH_FACTS: Final = _NO_SCORE[UnknownReason.NOT_ENOUGH_FACTS]


def evaluate(account: Account, at: Instant, card: Card, outages: Outages = NO_OUTAGES) -> Reading:
    """The reading of an account at an instant. Depends on nothing but these.

    The points of signals that abstain are shared out among the others in proportion, and `known_points` says how many
    there were.
    """
    today = at // DAY
    if (
        account.first_at is None
        or today - account.active.origin < card.minimum_age_days
        or account.outcome is not None
        or outages.since
    ):
        reason = _unknown(account, at, card, outages)
        if reason is not None:
            return _NO_SCORE[reason]
    if account.reaches(at):
        account.news |= SILENCE
    settled = account.settled
    if settled is None or settled.card is not card:
        settled = _settle(account, today, card)
    else:
        settled = _look_again(settled, account, today, card)
    return _read(settled, card, account.served.computed if account.served else None)


def _settle(account: Account, today: Day, card: Card) -> Settled:
    """What every signal sees."""
    seen, known = [], 0
    for _, function, points in card.signals:
        saw = function(account, today)
        seen.append(saw)
        if saw is not None:
            known += points
    share = known * ONE
    grains = [0 if saw is None else saw.u * weight // share for saw, weight in zip(seen, card.weights, strict=True)]
    account.news = 0
    account.settled = settled = Settled(card, today, account.active.newest, known, seen, grains, ANYTHING)
    return settled


def _look_again(settled: Settled, account: Account, today: Day, card: Card) -> Settled:
    """Ask only the signals that can have moved since this account was last looked at."""
    news = account.news
    if today != settled.day:  # what is dated ahead, or looked back from, is another past
        news = news | DAY_PASSED if settled.newest <= settled.day < today else ANYTHING
        settled.day = today
    settled.newest = account.active.newest
    account.news, settled.news = 0, news
    seen = settled.seen
    for place, function, weight in card.moved_by[news]:
        saw = function(account, today)
        if saw is seen[place]:  # as a rule it is the very same: what signals make of their numbers is remembered
            continue
        if saw is None or seen[place] is None:
            return _settle(account, today, card)
        seen[place] = saw
        settled.uncapped[place] = saw.u * weight // (settled.known_points * ONE)
        settled.reading = None
    return settled


def _read(settled: Settled, card: Card, before: State | None) -> Reading:
    """What it comes to, for an account that was in the band `before`."""
    reading, known = settled.reading, settled.known_points
    if reading is None:
        if not known:
            return _NOT_ENOUGH_FACTS
        caps = card.scale(known).caps
        grains = tuple(capped(settled.uncapped, caps) if caps else settled.uncapped)
        score = sum(grains)
        reading = Reading(score, card.band(score, before), None, known, tuple(settled.seen), grains)
    else:
        state = card.band(reading.score or 0, before)
        if state is reading.state:
            return reading
        reading = reading._replace(state=state)
    settled.reading = reading
    settled.news |= SCORE
    return reading


def _unknown(account: Account, at: Instant, card: Card, outages: Outages) -> UnknownReason | None:
    outcome = account.outcome
    if outcome is not None and outcome[1] == OutcomeKind.CHURNED and outcome[0] <= at:
        return UnknownReason.CHURNED
    if account.first_at is None:
        return UnknownReason.NEVER_SEEN
    if day_of(at) - account.active.origin < card.minimum_age_days:
        return UnknownReason.TOO_NEW
    if outages.since and outages.concerns(account):
        return UnknownReason.TELEMETRY_STALE
    return None


def next_due(account: Account, at: Instant, card: Card) -> Instant:
    """The next instant after `at` at which the account must be evaluated though nothing happens.

    Every day at its own phase, and when its silence deadline passes, a value point is missed, or an override or a mute
    expires.
    """
    due = at - (at - account.phase) % DAY + DAY
    silence = account.silence_deadline
    if silence is not None and at < silence < due:
        due = silence
    if card.feeds.value_points:
        missed = deadline(account, at, card.feeds)
        due = due if missed is None else min(due, missed)
    if account.override is not None and at < account.override.until < due:
        due = account.override.until
    if account.mute is not None and at < account.mute.until < due:
        due = account.mute.until
    return due
