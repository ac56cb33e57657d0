"""An account in use, of which nothing is new but that events came: how to find its score, and when there is no need to.

So it is at most looks. Signals that every event moves see the less risk the more there are (signals/__init__.py), so
that the score can only fall; and while it falls within the whole point and the band that were told, there is nothing to
tell: what rules see in it falls, too (rules/rule.py), and an account's trail is of whole points.
"""

from typing import Final

from schemas.activity import OutcomeKind
from schemas.changes import GRAINS_PER_POINT
from schemas.time import DAY, Instant
from services.scoring.core.card import Card
from services.scoring.core.fixed import ONE
from services.scoring.core.novelty import EVENT
from services.scoring.core.outages import Outages
from services.scoring.core.reading import WHOLE, Seen, Settled
from services.scoring.core.state import Account

_NONE: Final = -1  # no score, and no part of one: every signal has to be asked
_ABSTAINED: Final = Seen(0.0, 0)  # which nobody begins to while only counts are new


def has_nothing_to_tell(account: Account, at: Instant, card: Card, outages: Outages) -> bool:
    """Whether a look at an account that waits for one would find nothing, and leave the account as it is."""
    settled = account.settled
    if (
        settled is None
        or account.news & card.heeds != EVENT
        or settled.day != at // DAY
        or settled.card is not card
        or account.holds
        or outages.since
    ):
        return False
    so_far = account.daily.so_far
    return so_far <= settled.until or (counts_again(settled, account, at, card) and so_far <= settled.until)


def counts_again(settled: Settled, account: Account, at: Instant, card: Card) -> bool:
    """Find the score alone, if nothing is new on the day but that events came. False if that will not do."""
    if not account.news:
        return True  # as it was found: it may be a moment ago, to see whether there is something to tell
    if account.news & card.moved_by.kinds != EVENT:
        return False
    if settled.fixed is None:
        settled.fixed = _fixed(settled, card)
    score = _score(settled, account, card, more=0)
    if score == _NONE:
        return False
    so_far = account.daily.so_far
    came, fell = so_far - settled.counted, settled.score - score
    account.news, settled.news, settled.is_stale = 0, account.news, True
    settled.comes_to(score)
    settled.counted, settled.until = so_far, so_far + _more(settled, account, at, card, (came, fell))
    return True


def _fixed(settled: Settled, card: Card) -> int:
    """What signals add that no count of events can move; none where one can move more than what a few signals add."""
    moved = [place for place, _, _ in card.moved_by[EVENT]]
    known = settled.known_points
    if not known or settled.caps or any(settled.seen[place] is None for place in moved):
        return _NONE
    return settled.score - sum([settled.uncapped[place] for place in moved])


def _score(settled: Settled, account: Account, card: Card, more: int) -> int:
    """The score, in grains, after so many more events; none where what is fixed has to be found again."""
    score, today, share = settled.fixed, settled.day, settled.known_points * ONE
    if score is None or score == _NONE:
        return _NONE
    for function, weight in card.counting:
        score += (function(account, today, more) or _ABSTAINED).u * weight // share
    return score


def _more(settled: Settled, account: Account, at: Instant, card: Card, before: tuple[int, int]) -> int:
    """How many more events, at least, there will be nothing to tell of; -1 where nobody can say.

    `before`: how many came before this look, and by how much the score fell. As many as would take it out of its whole
    point at that pace, if a score after them is in fact still to be told as it was: as a rule it falls ever slower.
    """
    served, deadline, outcome = account.served, account.silence_deadline, account.outcome
    if served is None or served.score is None or (outcome is not None and outcome[1] == OutcomeKind.CHURNED):
        return -1
    if deadline is not None and deadline < at + DAY:  # when it is due may depend on how long it is silent
        return -1
    (came, fell), floor = before, WHOLE[served.score] * GRAINS_PER_POINT - GRAINS_PER_POINT // 2
    more = (settled.score - floor) * came // max(fell, 1)
    if more <= 0:
        return -1
    score = _score(settled, account, card, more)
    is_told = WHOLE[score] == WHOLE[served.score] and card.band(score, served.computed) is served.computed
    return more if is_told else -1
