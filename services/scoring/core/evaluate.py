"""What an account's score is at an instant, under a card, and when it must be looked at again."""

from typing import NamedTuple

from schemas.activity import OutcomeKind
from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.time import DAY, Instant, day_of
from services.scoring.core.card import Card
from services.scoring.core.fixed import ONE
from services.scoring.core.signals import Seen
from services.scoring.core.state import Account

FULL = 100 * GRAINS_PER_POINT  # a score of 100 in grains


class Reading(NamedTuple):
    """A score in grains, or none and the reason why the state is unknown.

    `seen` and `grains` go with the card's signals: what each saw (None where it abstains) and what it adds. The
    grains sum to the score. `known_points` are the points of the signals that do not abstain.
    """

    score: int | None
    state: State
    reason: UnknownReason | None
    known_points: int
    seen: tuple[Seen | None, ...]
    grains: tuple[int, ...]


def evaluate(account: Account, at: Instant, card: Card) -> Reading:
    """The reading of an account at an instant. Depends on nothing but the three.

    The points of signals that abstain are shared out among the others in proportion, and `known_points` says how many
    there were.
    """
    reason = _unknown(account, at, card)
    if reason is not None:
        return Reading(None, State.UNKNOWN, reason, 0, (), ())
    seen = tuple([function(account, at) for _, function, _ in card.signals])
    known = sum([points for (_, _, points), saw in zip(card.signals, seen, strict=True) if saw is not None])
    if not known:
        return Reading(None, State.UNKNOWN, UnknownReason.NOT_ENOUGH_FACTS, 0, (), ())
    grains = tuple(
        [
            0 if saw is None else saw.u * points * FULL // (known * ONE)
            for (_, _, points), saw in zip(card.signals, seen, strict=True)
        ]
    )
    if card.caps:
        grains = card.capped(grains)
    score = sum(grains)
    before = account.served.state if account.served else None
    return Reading(score, card.band(score, before), None, known, seen, grains)


def _unknown(account: Account, at: Instant, card: Card) -> UnknownReason | None:
    outcome = account.outcome
    if outcome is not None and outcome[1] == OutcomeKind.CHURNED and outcome[0] <= at:
        return UnknownReason.CHURNED
    if account.first_at is None:
        return UnknownReason.NEVER_SEEN
    if day_of(at) - account.active.origin < card.minimum_age_days:
        return UnknownReason.TOO_NEW
    return None


def next_due(account: Account, at: Instant) -> Instant:
    """The next instant after `at` at which the account must be evaluated though nothing happens.

    Every day at its own phase, and when its silence deadline passes.
    """
    phase = at - (at - account.phase) % DAY + DAY
    deadline = account.silence_deadline
    return deadline if deadline is not None and at < deadline < phase else phase
