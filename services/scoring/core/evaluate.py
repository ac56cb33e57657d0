"""What an account's score is at an instant, under a card, and when it must be looked at again."""

from operator import attrgetter
from typing import Final

from schemas.activity import OutcomeKind
from schemas.changes import State, UnknownReason
from schemas.time import DAY, Day, Instant, day_of, shared_day
from services.scoring.core.card import Card, capped
from services.scoring.core.fixed import ONE
from services.scoring.core.in_use import counts_again
from services.scoring.core.milestones import deadline
from services.scoring.core.novelty import ANYTHING, DAY_PASSED, EVENT, LAPSE, LAPSE_DAYS, SCORE, SILENCE, USER
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.reading import POINTS, Reading, Settled
from services.scoring.core.state import Account

_NO_SCORE: Final = {reason: Reading(None, State.UNKNOWN, reason, 0) for reason in UnknownReason}
_NOT_ENOUGH_FACTS: Final = _NO_SCORE[UnknownReason.NOT_ENOUGH_FACTS]


_value_of = attrgetter("value")


def evaluate(account: Account, at: Instant, card: Card, outages: Outages = NO_OUTAGES) -> Reading:
    """The reading of an account at an instant. Depends on nothing but these.

    The points of signals that abstain are shared out among the others in proportion, and `known_points` says how many
    there were.
    """
    today, settled = shared_day(at // DAY), account.settled
    if settled is not None and settled.card is not card:
        settled = None
    if settled is None or today < settled.day or account.outcome is not None or outages.since:  # it only grows older
        reason = _unknown(account, at, card, outages)
        if reason is not None:
            if settled is not None:
                settled.until = -1
            return _NO_SCORE[reason]
    if account.reaches(at):
        account.news |= SILENCE
    if settled is None or not (
        (today == settled.day and counts_again(settled, account, at, card))
        or _look_again(settled, account, today, card)
    ):
        settled = _settle(account, today, card)
    served = account.served
    return _read(settled, card, None if served is None else served.computed)


def asked(account: Account, card: Card) -> Settled:
    """What every signal of the card saw and adds at the last look, which gave the account a score."""
    settled = account.settled
    if settled is None or settled.card is not card:
        msg = f"{account.account_id} has not been looked at under {card.name}"
        raise ValueError(msg)
    if settled.is_stale:
        settled.is_stale = False
        for place, function, weight in card.moved_by[EVENT]:
            saw = settled.seen[place] = function(account, settled.day)
            settled.uncapped[place] = 0 if saw is None else saw.u * weight // (settled.known_points * ONE)
    return settled


def told_by(account: Account, card: Card, reading: Reading) -> tuple[tuple[float | None, ...], tuple[float, ...]]:
    """The same as it is told: the value that each signal saw, None where it abstains, and the points it adds.

    Nothing where the look gave no score.
    """
    if reading.score is None:
        return (), ()
    settled = asked(account, card)
    grains = capped(settled.uncapped, settled.caps)
    try:
        values = tuple(map(_value_of, settled.seen))  # in half of the time
    except AttributeError:  # some abstain
        values = tuple([None if saw is None else saw.value for saw in settled.seen])
    return values, tuple(map(POINTS.__getitem__, grains))


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
    caps = card.scale(known).caps if known else ()
    account.news, score = 0, sum(capped(grains, caps))
    account.settled = settled = Settled(
        card, today, account.active.newest, known, caps, seen, grains, ANYTHING, score, account.daily.so_far
    )
    return settled


def _look_again(settled: Settled, account: Account, today: Day, card: Card) -> bool:
    """Ask only the signals that can have moved since this account was last looked at. Whether that will do."""
    news, has_moved = account.news, settled.is_stale
    if has_moved:  # the score is of counts that came since: also if they are back where they were, it has to be found
        news |= EVENT
    if today != settled.day:
        if not settled.newest <= settled.day < today:  # what is dated ahead, or looked back from, is another past
            return False
        news |= DAY_PASSED
        if settled.day - LAPSE_DAYS <= settled.newest < today - LAPSE_DAYS:
            news |= LAPSE
        if not account.users.are_active_as_before(today):
            news |= USER
        settled.day = today
    settled.newest, settled.counted, settled.until = account.active.newest, account.daily.so_far, -1
    account.news, settled.news, settled.is_stale = 0, news, False
    return _ask(settled, account, card, has_moved=has_moved)


def _ask(settled: Settled, account: Account, card: Card, *, has_moved: bool) -> bool:
    """Ask the signals that what was new at this look can have moved. False if one begins or ceases to abstain."""
    seen, uncapped, today, share = settled.seen, settled.uncapped, settled.day, settled.known_points * ONE
    for place, function, weight in card.moved_by[settled.news]:
        saw, before = function(account, today), seen[place]
        if saw is before:  # as a rule it is the very same: what signals make of their numbers is remembered
            continue
        if saw is None or before is None:
            return False
        seen[place] = saw
        uncapped[place] = saw.u * weight // share
        has_moved = True
    if has_moved:
        settled.fixed = None
        settled.comes_to(sum(capped(uncapped, settled.caps)))
    return True


def _read(settled: Settled, card: Card, before: State | None) -> Reading:
    """What it comes to, for an account that was in the band `before`."""
    reading = settled.reading
    if reading is None and not settled.known_points:
        return _NOT_ENOUGH_FACTS
    state = card.band(settled.score, before)
    if reading is not None and state is reading.state:
        return reading
    settled.reading = reading = Reading(settled.score, state, None, settled.known_points)
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


def is_the_same_all_day(account: Account, at: Instant) -> bool:
    """Whether a look at an instant finds what one later that day would, due instants aside.

    It does if nothing is dated ahead: events count by their days, an outcome from its instant on.
    """
    outcome = account.outcome
    return account.active.newest <= at // DAY and (outcome is None or outcome[0] <= at)
