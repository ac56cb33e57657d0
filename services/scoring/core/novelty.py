"""What can be new about an account since it was last looked at, as the bits of a number.

A signal and a rule say which of these can move what they see; who has nothing new of these kinds is not asked again.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

DAY_PASSED: Final = 1  # it is looked at on a later UTC day
EVENT: Final = 2  # events came, of its newest active day: counts have moved
ACTIVE_DAY: Final = 4  # it became active on a later day than any before
USER_DAY: Final = 8  # a user was active on another day
USER: Final = 16  # a user came, came back after weeks, or has been away for weeks: how many are active may have moved
FEATURE_DAY: Final = 32  # a feature was used for the first time, or on a later day
FEATURE: Final = 64  # a feature was used for the first time
SILENCE: Final = 128  # its silence has passed its own deadline, or no longer has
OTHER: Final = 256  # a fact, a judgement, an event that an input counts, one of an earlier day
SCORE: Final = 512  # the score, or the state that is served: for rules, once the others are known
LAPSE: Final = 1_024  # with another day: the last active day has left the last four weeks
ANYTHING: Final = 2_047
NEWS: Final = ANYTHING & ~EVENT & ~SCORE  # what can move a function of whole days
USE: Final = EVENT | USER_DAY | USER | FEATURE_DAY | FEATURE  # events came on a day that was known to be active

LAPSE_DAYS: Final = 28

T = TypeVar("T")


class MovedBy(dict[int, tuple[T, ...]]):
    """Of things that kinds of news can move, in their order: those that these can have moved.

    >>> moved_by = MovedBy([(EVENT, "level"), (NEWS, "breadth"), (DAY_PASSED | EVENT, "intensity")])
    >>> moved_by[EVENT | SCORE], moved_by[DAY_PASSED]
    (('level', 'intensity'), ('breadth', 'intensity'))
    """

    __slots__ = ("_things", "kinds")

    def __init__(self, things: Iterable[tuple[int, T]]) -> None:
        """The things, each with the kinds of news that can move it."""
        super().__init__()
        self._things = tuple(things)
        self.kinds = 0  # those that can move any
        for kinds, _ in self._things:
            self.kinds |= kinds

    def __missing__(self, news: int) -> tuple[T, ...]:
        """Remembered: there are at most as many as `ANYTHING`."""
        self[news] = found = tuple(thing for kinds, thing in self._things if kinds & news)
        return found
