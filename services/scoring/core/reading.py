"""What signals see in an account, and what that adds up to."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from schemas.changes import GRAINS_PER_POINT, State, UnknownReason
from schemas.time import Day
from services.scoring.core.judgements import Judgement


class _Seen(NamedTuple):
    value: float
    u: int


class Seen(_Seen):
    """What a signal sees: its value in its unit, and u, from 0 to 1, in micro.

    >>> Seen(2_500, 700_000)
    Seen(value=2.5, u=700000)
    """

    __slots__ = ()

    def __new__(cls, thousandths: int, u: int) -> Self:
        """Made of whole thousandths, so that it is the same everywhere."""
        return super().__new__(cls, thousandths / 1_000, u)


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

    @property
    def values(self) -> tuple[float | None, ...]:
        """What each signal saw, as it is told; None where it abstains."""
        return tuple([None if saw is None else saw.value for saw in self.seen])

    @property
    def points(self) -> tuple[float, ...]:
        """What each signal adds, as it is told."""
        return tuple([grains / GRAINS_PER_POINT for grains in self.grains])


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

    `uncapped` goes with `seen`, in grains. `newest`: the last active day then, later than `day` where an event is dated
    ahead. `news`: what was new at that look. `reading`: what it came to; None where a signal has moved since.
    `is_calm`: no rule of the card was met, and none had been before.
    """

    card: object  # the very one, not one that equals it
    day: Day
    newest: Day
    known_points: int
    seen: list[Seen | None]
    uncapped: list[int]
    news: int
    reading: Reading | None = None
    is_calm: bool = False
