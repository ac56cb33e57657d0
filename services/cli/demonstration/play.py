"""The demo while it runs: a simulation, a receiver of alerts, somebody who reads the API, and a stage, side by side."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import httpx

from schemas.time import Instant
from services.cli.demonstration.alarm import Expected
from services.cli.demonstration.card import publish_demo_card
from services.cli.demonstration.instance import Shown
from services.cli.demonstration.poll import SECONDS_TO_ANSWER, Poll
from services.cli.demonstration.receiver import receiving
from services.cli.demonstration.scene import Director
from services.cli.demonstration.show import Stage
from services.cli.simulation.account import Fate
from services.cli.simulator.life import NEWS_AFTER, Life
from services.cli.simulator.simulation import Simulation, Wish, simulation
from services.runtime.clock import now

_POLL_SECONDS: Final = 1.0


async def play(shown: Shown, folder: Path, wish: Wish, stage: Stage) -> None:
    """Simulate and show, until Ctrl-C or until something ends that should not. Raises what ended it."""
    run, began = shown.run, now()
    director = Director(began)
    dwell = await publish_demo_card(run, wish.per_second) if shown.is_ours else None
    async with (
        httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, trust_env=False) as client,
        receiving(run, client, lambda message: director.hear(message, now())) as receiver,
        simulation(run, folder, wish, director.note) as simulated,
    ):
        director.deliver_to(receiver)
        if dwell is not None:
            director.expect(_expected(simulated.life, dwell))
        acts = [
            asyncio.ensure_future(_simulate(simulated, director)),
            asyncio.ensure_future(_watch(Poll(client, run, director), simulated, director, stage, shown.check)),
        ]
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(ending, _cancel, acts)
        await asyncio.wait(acts, return_when=asyncio.FIRST_COMPLETED)
        _cancel(acts)
        for outcome in await asyncio.gather(*acts, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def _expected(life: Life, dwell: Instant) -> Expected | None:
    """Whose silence becomes an alert, and when; None in a world without customers."""
    brinks = (account for account in life.world.accounts if account.fate is Fate.BRINK)
    return next((Expected(one.name, life.world.starts + NEWS_AFTER + dwell) for one in brinks), None)


async def _simulate(simulated: Simulation, director: Director) -> None:
    await simulated.run()
    director.note("The simulation has ended: nobody is left")
    await asyncio.Event().wait()  # there is still something to look at


async def _watch(
    poll: Poll, simulated: Simulation, director: Director, stage: Stage, check: Callable[[], None]
) -> None:
    while True:
        check()
        await poll.once(now())
        director.count(simulated.sent, now())
        stage.show(director.scene, now())
        await asyncio.sleep(_POLL_SECONDS)


def _cancel(acts: Iterable[asyncio.Future[None]]) -> None:
    for act in acts:
        act.cancel()
