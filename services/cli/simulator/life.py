"""A simulation in an instance: it lives through what is past, then in the present, and remembers how far it came."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from msgspec.structs import replace

from schemas.time import DAY, HOUR, SECOND, Instant, iso
from services.cli.simulation.account import Happening
from services.cli.simulation.history import history, opening
from services.cli.simulation.stream import stream
from services.cli.simulation.world import World, draw_world
from services.cli.simulator.files import write_history, write_roster
from services.cli.simulator.memory import Memory, remember
from services.cli.simulator.silence import deadline_of

PAST = 91 * DAY  # three months: what the windows of a score reach back
NEWS_AFTER = 90 * SECOND  # from the start to the moment when one customer's silence is news
RECENT = 47 * HOUR  # what is older than 48 h is too late for the front door, and comes in as history
MOST_AT_ONCE = 500  # events in one request
_REMEMBER_EVERY = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways into an instance: files of events, the roster as a file, live events. Each returns when Kafka has it.

    Events come with the time between two ticks, for an instance whose clock is its log.
    """

    bring_in_events: Callable[[Path, Instant], Awaitable[None]]
    bring_in_roster: Callable[[Path], Awaitable[None]]
    send: Callable[[Sequence[Happening]], Awaitable[None]]


def born(seed: int, accounts: int, starts: Instant, past: Instant = PAST) -> Memory:
    """A simulation that has not lived yet; its history begins `past` before its start."""
    return Memory(
        seed=seed,
        accounts=accounts,
        starts=starts,
        lived_until=starts - past,
        reaching=starts if past else None,
    )


class Life:
    """One simulation. After every step `memory` is written, so that a killed one goes on where it was."""

    def __init__(
        self, memory: Memory, folder: Path, doors: Doors, now: Callable[[], Instant], report: Callable[[str], None]
    ) -> None:
        self.memory = memory
        self.world: World = draw_world(memory.seed, Random(memory.seed), memory.accounts, memory.starts)  # noqa: S311 - a simulation, no secret
        self._folder = folder
        self._doors = doors
        self._now = now
        self._report = report

    async def begin(self) -> None:
        """Bring in the roster and the history, or what is left of a step that was cut short."""
        self._remember(self.memory)
        if not self.memory.has_roster:
            roster = self._folder / "roster.csv"
            write_roster(roster, self.world.accounts)
            await self._doors.bring_in_roster(roster)
            self._remember(replace(self.memory, has_roster=True))
        if self.memory.reaching is not None:
            await self.reach(self.memory.reaching)

    async def catch_up(self) -> None:
        """Live through the time in which nobody simulated, up to now: what is older than 48 h as history."""
        if self.memory.lived_until < self._now() - RECENT:
            await self.reach(self._now() - RECENT)
        await self._send_the_recent_past()

    async def reach(self, end: Instant) -> None:
        """Live up to `end` by a file of history. The file is the same when the step is begun again."""
        self._remember(replace(self.memory, reaching=end))
        begin = self.memory.lived_until
        self._report(f"Living through {_length(end - begin)} of {len(self.world.accounts)} customers")
        if begin < self.world.starts:
            done = opening(self.world, begin, self.world.starts + NEWS_AFTER, deadline_of)
        else:
            done = history(self.world, begin, end)
        if done:
            path = self._folder / f"events-{iso(begin)[:19].replace(':', '')}.csv"
            write_history(path, done)
            self._report(f"Bringing in {len(done):,} events")
            await self._doors.bring_in_events(path, min(DAY, end - begin))
        self._remember(replace(self.memory, lived_until=end, reaching=None))

    async def live(self, per_second: float, until: Instant | None = None) -> None:
        """Send what happens as it happens, until `until`, until nobody is left, or until cancelled."""
        waiting: list[Happening] = []
        self._report(f"{len(self.world.accounts)} customers at work, about {per_second:g} events a second")
        try:
            for happening in stream(self.world, self._now(), per_second):
                if until is not None and happening.occurred_at >= until:
                    break
                while (ahead := happening.occurred_at - self._now()) > 0:
                    waiting = await self._send(waiting)
                    await asyncio.sleep(ahead / SECOND)
                waiting.append(happening)
                if len(waiting) >= MOST_AT_ONCE:
                    waiting = await self._send(waiting)
            await self._send(waiting)
        finally:
            remember(self._folder, self.memory)

    async def _send_the_recent_past(self) -> None:
        now = self._now()
        done = history(self.world, self.memory.lived_until, now)
        if done:
            self._report(f"Sending {len(done):,} events of the last {_length(now - self.memory.lived_until)}")
        for first in range(0, len(done), MOST_AT_ONCE):
            await self._send(done[first : first + MOST_AT_ONCE])
        self._remember(replace(self.memory, lived_until=now))

    async def _send(self, happenings: list[Happening]) -> list[Happening]:
        """Send, and note how far that is; an empty list, for what comes next."""
        if happenings:
            await self._doors.send(happenings)
            lived_until = happenings[-1].occurred_at + 1
            written, self.memory = self.memory, replace(self.memory, lived_until=lived_until)
            if lived_until // _REMEMBER_EVERY != written.lived_until // _REMEMBER_EVERY:
                remember(self._folder, self.memory)
        return []

    def _remember(self, memory: Memory) -> None:
        self.memory = memory
        remember(self._folder, memory)


def _length(interval: Instant) -> str:
    if interval < HOUR:
        return f"{interval // SECOND} s"
    return f"{interval // DAY} days" if interval >= 2 * DAY else f"{interval // HOUR} hours"
