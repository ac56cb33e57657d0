"""What a signal is, and which there are."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from schemas.time import Day
from services.scoring.core.inputs import Feeds
from services.scoring.core.novelty import EVENT, NEWS, OTHER
from services.scoring.core.reading import Seen
from services.scoring.core.state import Account

Signal = Callable[[Account, Day], Seen | None]
Counting = Callable[[Account, Day, int], Seen | None]  # one that is moved by every event: the last is how many `more`
Fed = Callable[[Account, Day, Feeds], Seen | None]  # a signal that reads inputs of the scorecard
SIGNALS: dict[str, Callable[..., Seen | None]] = {}
MOVED_BY: dict[str, int] = {}  # the kinds of news that can move what a signal sees
NEEDS: dict[str, tuple[str, ...]] = {}  # the inputs, or sections of a scorecard, that a signal cannot do without

_F = TypeVar("_F", Signal, Fed)
remembered = lru_cache(maxsize=16_384)
"""For what a signal makes of a few numbers: many accounts, on many days, have the same."""


def signal(function: Signal) -> Signal:
    """Register a signal of whole days under the name of its function: any news can move it but an event's count."""
    return _registered(function, NEWS)


def moved_by(news: int) -> Callable[[Signal], Signal]:
    """Register a signal that moves only with news of these kinds, and with what is rare."""

    def registered(function: Signal) -> Signal:
        return _registered(function, news | OTHER)

    return registered


def fed(*needs: str, moved_by: int = NEWS) -> Callable[[Fed], Fed]:
    """Register a signal that reads these inputs (`Feeds`), all of which a scorecard must name."""

    def registered(function: Fed) -> Fed:
        NEEDS[function.__name__] = needs
        return _registered(function, moved_by | OTHER)

    return registered


def _registered(function: _F, news: int) -> _F:
    name = function.__name__
    if name in SIGNALS:
        msg = f"two signals are called {name}"
        raise TypeError(msg)
    SIGNALS[name], MOVED_BY[name] = function, news
    return function


def bound(name: str, feeds: Feeds) -> Signal:
    """The signal of that name, reading these inputs."""
    function = SIGNALS[name]
    if name not in NEEDS:
        return function
    # partial is slow
    if not MOVED_BY[name] & EVENT:
        return lambda account, today: function(account, today, feeds)

    def counting(account: Account, today: Day, more: int = 0) -> Seen | None:
        return function(account, today, feeds, more)

    return counting
