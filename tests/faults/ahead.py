"""A scoring worker whose clock is a day ahead: `python -m tests.faults.ahead`."""

import asyncio

from schemas.time import DAY, Instant
from services.runtime.clock import now
from services.runtime.logs import set_up
from services.scoring.app import main


def ahead() -> Instant:
    """Now, as somebody a day ahead sees it."""
    return now() + DAY


if __name__ == "__main__":
    set_up("scoring")
    asyncio.run(main(ahead))
