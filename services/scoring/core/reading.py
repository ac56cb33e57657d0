"""What signals see in an account, and what that adds up to."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.time import Day
from schemas.value import Value
from services.scoring.core.judgements import Judgement

POINTS: Final = tuple(grains / GRAINS_PER_POINT for grains in range(100 * GRAINS_PER_POINT + 1))
"""So many grains as they are told: what many accounts have in common stays at hand."""
WHOLE: Final = tuple((grains + GRAINS_PER_POINT // 2) // GRAINS_PER_POINT for grains in range(len(POINTS)))
"""So many grains in whole points: what a score must differ in to be told again."""


class Seen(Value, frozen=True):
    """What a signal sees: its value in its unit, in whole thousandths, and u, from 0 to 1, in micro."""

    value: float
    u: int


class Reading(Value, frozen=True):
    """A score in grains, or none and the reason why the state is unknown.

    `known_points` are the points of the signals that do not abstain.
    """

    score: int | None
    state: State
    reason: UnknownReason | None
    known_points: int


class Reached(NamedTuple):
    """The day on which each value point and the winning pattern was reached, or None, and which points are overdue."""

    points: tuple[Day | None, ...] = ()
    overdue: tuple[bool, ...] = ()
    pattern: Day | None = None


class Standing(NamedTuple):
    """What holds of an account beside its score."""

    override: Judgement | None
    mute: Judgement | None
    reached: Reached


NOTHING_STANDS: Final = Standing(None, None, Reached())


@dataclass(slots=True, eq=False)
class Settled:
    """What a card's signals saw and add at the last look, so that the next asks only those that news can have moved.

    `seen` and `uncapped` go with the card's signals: what each saw (None where it abstains), and what it adds in grains
    before categories are capped. Where `is_stale`, events have been counted since and moved some of them: `asked` asks
    those again. `newest`: the last active day at the look, later than `day` where an event is dated ahead. `news`: what
    was new at it. `score`: in grains; `fixed`: what of that no count of events can move (None: nobody has asked).
    `reading`: what it came to; None where the score has moved since. `is_calm`: no rule of the card was met, and none
    had been before. `counted`: the account's events so far, and `until`: up to how many of them there will be nothing
    to tell if nothing else is new (in_use.py).
    """

    card: Any  # the very one, not one that equals it
    day: Day
    newest: Day
    known_points: int
    caps: tuple[Any, ...]  # of the card, those that can matter
    seen: list[Seen | None]
    uncapped: list[int]
    news: int
    score: int
    counted: int
    until: int = -1
    fixed: int | None = None
    is_stale: bool = False
    reading: Reading | None = None
    is_calm: bool = False

    def comes_to(self, score: int) -> None:
        """The score of the last look is this. Where it is another, it has to be read again."""
        if score != self.score:
            self.score, self.reading = score, None
