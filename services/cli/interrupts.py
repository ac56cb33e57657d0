"""Being told to end: Ctrl-C, SIGTERM and a closed terminal become one exception, once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody wants this process to end. Not an Exception, so that nothing on the way takes it for a failure."""


@contextmanager
def interruptible() -> Iterator[None]:
    """In the body, a signal to end raises Interrupted in the main thread."""
    before = {number: signal.signal(number, _raise) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """From here on ending takes its course, however often somebody asks."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _raise(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted
