"""What a signal is, and which there are."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

from schemas.time import Instant
from services.scoring.core.inputs import Feeds
from services.scoring.core.reading import Seen
from services.scoring.core.state import Account

Signal = Callable[[Account, Instant], Seen | None]
Fed = Callable[[Account, Instant, Feeds], Seen | None]  # a signal that reads inputs of the scorecard
SIGNALS: dict[str, Callable[..., Seen | None]] = {}
LIVE: set[str] = set()
NEEDS: dict[str, tuple[str, ...]] = {}  # the inputs, or sections of a scorecard, that a signal cannot do without

_F = TypeVar("_F", Signal, Fed)
remembered = lru_cache(maxsize=16_384)
"""For what a signal makes of a few numbers: many accounts, on many days, have the same."""


def signal(function: Signal) -> Signal:
    """Register a signal of whole days under the name of its function."""
    return _registered(function)


def live_signal(function: Signal) -> Signal:
    """Register a signal that moves within a day."""
    LIVE.add(function.__name__)
    return _registered(function)


def fed(*needs: str) -> Callable[[Fed], Fed]:
    """Register a signal of whole days that reads these inputs (`Feeds`), all of which a scorecard must name."""

    def registered(function: Fed) -> Fed:
        NEEDS[function.__name__] = needs
        return _registered(function)

    return registered


def live_fed(*needs: str) -> Callable[[Fed], Fed]:
    """Register a signal that reads these inputs and moves with any event."""

    def registered(function: Fed) -> Fed:
        LIVE.add(function.__name__)
        return fed(*needs)(function)

    return registered


def _registered(function: _F) -> _F:
    name = function.__name__
    if name in SIGNALS:
        msg = f"two signals are called {name}"
        raise TypeError(msg)
    SIGNALS[name] = function
    return function


def bound(name: str, feeds: Feeds) -> Signal:
    """The signal of that name, reading these inputs."""
    return partial(SIGNALS[name], feeds=feeds) if name in NEEDS else SIGNALS[name]
