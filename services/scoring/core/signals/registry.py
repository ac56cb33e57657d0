"""What a signal is, and which there are."""

from collections.abc import Callable
from typing import NamedTuple

from schemas.time import Instant
from services.scoring.core.state import Account


class Seen(NamedTuple):
    """What a signal sees: its value in thousandths of its unit, and u in micro."""

    value: int
    u: int


Signal = Callable[[Account, Instant], Seen | None]
SIGNALS: dict[str, Signal] = {}
NEEDS: dict[str, tuple[str, ...]] = {}  # the sections of a scorecard that a signal cannot do without


def signal(function: Signal) -> Signal:
    """Register a signal under the name of its function."""
    name = function.__name__
    if name in SIGNALS:
        msg = f"two signals are called {name}"
        raise TypeError(msg)
    SIGNALS[name] = function
    return function
