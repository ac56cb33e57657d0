"""What a signal is, and which there are."""

from collections.abc import Callable

from schemas.time import Instant
from services.scoring.core.reading import Seen
from services.scoring.core.state import Account

Signal = Callable[[Account, Instant], Seen | None]
SIGNALS: dict[str, Signal] = {}
LIVE: set[str] = set()
NEEDS: dict[str, tuple[str, ...]] = {}  # the sections of a scorecard that a signal cannot do without


def signal(function: Signal) -> Signal:
    """Register a signal of whole days under the name of its function."""
    name = function.__name__
    if name in SIGNALS:
        msg = f"two signals are called {name}"
        raise TypeError(msg)
    SIGNALS[name] = function
    return function


def live_signal(function: Signal) -> Signal:
    """Register a signal that moves within a day."""
    LIVE.add(function.__name__)
    return signal(function)
