"""A simulation wired to a running instance: what was wished for, what is remembered, and the doors of that instance.

WishRefused   what was asked for does not fit this instance or what was simulated there before
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import httpx

from schemas.time import DAY, Instant
from services.cli.simulator.faster import live_faster
from services.cli.simulator.importer import Importer
from services.cli.simulator.life import PAST, Doors, Life, born
from services.cli.simulator.memory import FOLDER, Memory, alone, recall
from services.cli.simulator.sender import Sender
from services.runtime.clock import now
from services.runtime.instance import Run
from services.runtime.scopes import Scope
from services.runtime.settings import Clock, KafkaSettings, read

SEED: Final = 7
ACCOUNTS: Final = 300
RATE: Final = 4.0
SPEED: Final = 86_400.0  # a day a second
LONG: Final = 30 * DAY  # what is lived faster than life, unless told otherwise
_SECONDS_TO_ANSWER = 30.0


class WishRefused(Exception):
    """It cannot be simulated like that here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be simulated. None: as it was, or the default. `duration` is of the simulated time."""

    seed: int | None = None
    accounts: int | None = None
    per_second: float = RATE
    speed: float | None = None
    duration: Instant | None = None
    has_history: bool = True


class Simulation:
    """A life and the doors it goes through."""

    def __init__(self, wish: Wish, clock: Clock, life: Life, importer: Importer, sender: Sender) -> None:
        self._wish = wish
        self._clock = clock
        self._importer = importer
        self._sender = sender
        self.life = life

    @property
    def imported(self) -> int:
        """Rows brought in as files."""
        return self._importer.written

    @property
    def sent(self) -> int:
        """Events accepted at the front door."""
        return self._sender.accepted

    @property
    def refused(self) -> int:
        """Events refused at the front door."""
        return self._sender.refused

    async def run(self) -> None:
        """Begin or go on, until the wished-for end or until cancelled."""
        await self.life.begin()
        if self._clock is Clock.LOG:
            end = min(now(), self.life.memory.lived_until + (self._wish.duration or LONG))
            await live_faster(self.life, self._wish.speed or SPEED, end, monotonic)
            return
        await self.life.catch_up()
        duration = self._wish.duration
        await self.life.live(self._wish.per_second, None if duration is None else now() + duration)


@asynccontextmanager
async def simulation(run: Run, data: Path, wish: Wish, report: Callable[[str], None]) -> AsyncIterator[Simulation]:
    """A simulation in the instance `run`, remembered in its data folder. Raises `session.REFUSALS`."""
    if wish.speed is not None and run.clock is Clock.LIVE:
        msg = (
            "this instance lives by the real clock, which no simulation can speed up: --speed needs one that was "
            "started with `kizashi up --clock log` on a data folder of its own"
        )
        raise WishRefused(msg)
    folder = data / FOLDER
    kafka = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers)
    importer = Importer(kafka, run.clock, report)
    with alone(folder):
        memory = remembered(recall(folder), wish, run.clock, now())
        async with httpx.AsyncClient(timeout=_SECONDS_TO_ANSWER, trust_env=False) as client:
            sender = Sender(client, run.ingest_url, run.keys[Scope.INGEST], report)
            doors = Doors(importer.events, importer.roster, sender.send)
            yield Simulation(wish, run.clock, Life(memory, folder, doors, now, report), importer, sender)


def remembered(found: Memory | None, wish: Wish, clock: Clock, starts: Instant) -> Memory:
    """What was simulated here before, if that is what is wished for, or a new simulation. Raises WishRefused.

    A log's own clock cannot be ahead of the world's, so there a new simulation starts as far back as it is to last.
    """
    if found is None:
        lasts = 0 if clock is Clock.LIVE else wish.duration or LONG
        past = PAST if wish.has_history else 0
        return born(wish.seed or SEED, wish.accounts or ACCOUNTS, starts - lasts, past)
    for word, wished, there in (("--seed", wish.seed, found.seed), ("--accounts", wish.accounts, found.accounts)):
        if wished is not None and wished != there:
            msg = (
                f"this instance is already simulated with {word} {there}: leave {word} out to go on, or use a new "
                "data folder (--data)"
            )
            raise WishRefused(msg)
    return found
