"""One run of the simulator from the command line: until its end, or until somebody asks it to stop."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from schemas.time import iso
from services.cli.exits import Exit
from services.cli.simulator.memory import MemoryInUse, MemoryUnreadable
from services.cli.simulator.sender import SendingRefused
from services.cli.simulator.simulation import Simulation, Wish, WishRefused, simulation
from services.runtime.instance import find_run

REFUSALS: Final[dict[type[Exception], Exit]] = {
    WishRefused: Exit.USAGE,
    MemoryUnreadable: Exit.FOLDER_REFUSED,
    MemoryInUse: Exit.FOLDER_REFUSED,
    SendingRefused: Exit.REFUSED,
}


class Summary(Struct, frozen=True):
    """What a simulation did."""

    seed: int
    accounts: int
    rows_imported: int
    events_sent: int
    events_refused: int
    lived_until: str


async def simulated(folder: Path, wish: Wish, report: Callable[[str], None]) -> Summary:
    """Simulate in the instance of `folder`. Raises REFUSALS and NotRunning."""
    async with simulation(find_run(folder), folder, wish, report) as living:
        life = asyncio.ensure_future(living.run())
        for ending in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(ending, life.cancel)
        await asyncio.wait([life])
        if not life.cancelled():
            life.result()
        return _summary(living)


def _summary(living: Simulation) -> Summary:
    memory = living.life.memory
    return Summary(
        seed=memory.seed,
        accounts=memory.accounts,
        rows_imported=living.imported,
        events_sent=living.sent,
        events_refused=living.refused,
        lived_until=iso(memory.lived_until),
    )
