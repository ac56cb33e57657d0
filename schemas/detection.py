"""How long it takes to find out that tracking fell. Silence has to last at least as long before a customer is blamed.

```
last event │◀─ a window without any ─▶│◀ its bucket closes ▶│◀ the clock ticks ▶│◀ read, written down ▶│ known
```
"""

from typing import Final

from schemas.time import SECOND, Instant

QUICKEST: Final = 10 * SECOND  # the shortest window in which a fall can be told from chance
BUCKET: Final = 5 * SECOND  # what events are counted in
IDLE_TICK: Final = 10 * SECOND  # how often the log's clock ticks though nothing comes
TAKEN: Final = 5 * SECOND  # by reading and writing, on a machine that is busy with other things


def detection(window: Instant) -> Instant:
    """How long after the last event it is known at the latest that nothing came in a window.

    >>> detection(QUICKEST)
    30000
    """
    return window + BUCKET + IDLE_TICK + TAKEN


def window_within(length: Instant) -> Instant:
    """The longest window in which a fall is known within a length of time; 0 or less if there is none.

    >>> window_within(30_000)
    10000
    """
    return length - BUCKET - IDLE_TICK - TAKEN
