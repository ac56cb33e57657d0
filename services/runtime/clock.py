"""The wall clock of this machine. Only shells read it; cores are told."""

import time

from schemas.time import Instant


def now() -> Instant:
    """Now, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
