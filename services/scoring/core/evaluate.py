"""What an account's score is at an instant, under a card, and when it must be looked at again."""

from schemas.activity import OutcomeKind
from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.time import DAY, Day, Instant, day_of
from services.scoring.core.card import Card
from services.scoring.core.fixed import ONE
from services.scoring.core.milestones import deadline
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.reading import Reading, Seen, Settled
from services.scoring.core.state import Account

FULL = 100 * GRAINS_PER_POINT  # a score of 100 in grains


def evaluate(account: Account, at: Instant, card: Card, outages: Outages = NO_OUTAGES) -> Reading:
    """The reading of an account at an instant. Depends on nothing but these.

    The points of signals that abstain are shared out among the others in proportion, and `known_points` says how many
    there were.
    """
    reason = _unknown(account, at, card, outages)
    if reason is not None:
        return Reading(None, State.UNKNOWN, reason, 0, (), ())
    settled = account.settled = _settle(account, at, card)
    known, grains = settled.known_points, settled.grains
    if not known:
        return Reading(None, State.UNKNOWN, UnknownReason.NOT_ENOUGH_FACTS, 0, (), ())
    score = sum(grains)
    before = account.served.computed if account.served else None
    return Reading(score, card.band(score, before), None, known, settled.seen, grains)


def _settle(account: Account, at: Instant, card: Card) -> Settled:
    """What every signal sees, asking only those that can have moved since this account was last looked at."""
    day = day_of(at)
    settled = account.settled
    if settled is None or settled.day != day or settled.card is not card:
        return _weigh(card, day, tuple([function(account, at) for _, function, _ in card.signals]))
    seen = None
    for place, function in card.live:
        saw = function(account, at)
        if saw != settled.seen[place]:
            seen = seen or list(settled.seen)
            seen[place] = saw
    return settled if seen is None else _weigh(card, day, tuple(seen))


def _weigh(card: Card, day: Day, seen: tuple[Seen | None, ...]) -> Settled:
    """What each signal adds to the score, in grains."""
    known = card.all_points
    if None in seen:
        known -= sum([points for (_, _, points), saw in zip(card.signals, seen, strict=True) if saw is None])
    scale = known * ONE
    grains = [
        0 if saw is None else saw.u * points * FULL // scale
        for (_, _, points), saw in zip(card.signals, seen, strict=True)
    ]
    return Settled(card, day, known, seen, card.capped(grains) if card.caps else tuple(grains))


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
    for judgement in (account.override, account.mute):
        if judgement is not None and at < judgement.until < due:
            due = judgement.until
    return due
