"""The demo while it runs: a simulation, somebody who reads the API, and a stage, side by side until told to stop."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import httpx

from services.cli.demonstration.poll import SECONDS_TO_ANSWER, Poll
from services.cli.demonstration.scene import Director
from services.cli.demonstration.show import Stage
from services.cli.simulator.simulation import Simulation, Wish, simulation
from services.runtime.clock import now
from services.runtime.instance import Run

_POLL_SECONDS: Final = 1.0


async def play(run: Run, folder: Path, wish: Wish, stage: Stage, check: Callable[[], None]) -> None:
    """Simulate and show, until Ctrl-C or until something ends that should not. Raises what ended it."""
    director = Director()
    async with simulation(run, folder, wish, director.note) as simulated:
        acts = [
            asyncio.ensure_future(_simulate(simulated, director)),
            asyncio.ensure_future(_watch(run, simulated, director, stage, check)),
        ]
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(ending, _cancel, acts)
        await asyncio.wait(acts, return_when=asyncio.FIRST_COMPLETED)
        _cancel(acts)
        for outcome in await asyncio.gather(*acts, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def _simulate(simulated: Simulation, director: Director) -> None:
    await simulated.run()
    director.note("The simulation has ended: nobody is left")
    await asyncio.Event().wait()  # there is still something to look at


async def _watch(run: Run, simulated: Simulation, director: Director, stage: Stage, check: Callable[[], None]) -> None:
    async with httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, trust_env=False) as client:
        poll = Poll(client, run, director)
        while True:
            check()
            await poll.once(now())
            director.count(simulated.sent, now())
            stage.show(director.scene, now())
            await asyncio.sleep(_POLL_SECONDS)


def _cancel(acts: Iterable[asyncio.Future[None]]) -> None:
    for act in acts:
        act.cancel()
