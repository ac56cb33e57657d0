"""The demo's two ways of showing: a live table in a terminal, and plain lines now and then anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.live import Live

from schemas.time import SECOND, Instant
from services.cli.demonstration.scene import Scene
from services.cli.demonstration.screen import screen, standing, told

_LINE_EVERY: Final = 10 * SECOND
_WAY_IN: Final = 6  # lines above the table that stay in sight: where the API is, a key, a line to paste


class Stage(Protocol):
    """Where a scene is shown."""

    def show(self, scene: Scene, now: Instant) -> None:
        """Show what there is to see now."""


class LiveTable:
    """Redraws the whole scene in place."""

    def __init__(self, console: Console, live: Live) -> None:
        self._console = console
        self._live = live

    def show(self, scene: Scene, now: Instant) -> None:
        self._live.update(screen(scene, now, self._console.size.height - _WAY_IN), refresh=True)


class PlainLines:
    """Says each change of state once, and every ten seconds how it stands and who is at risk most."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: list[str] = []
        self._doing = ""
        self._next_line: Instant = 0

    def show(self, scene: Scene, now: Instant) -> None:
        if scene.doing != self._doing:
            self._doing = scene.doing
            self._say(scene.doing)
        for change in reversed(scene.news):
            if change.id not in self._told and change.previous and change.previous.state is not change.state:
                self._say(told(change).plain)
        self._told = [change.id for change in scene.news]
        if now >= self._next_line and scene.places:
            self._next_line = now + _LINE_EVERY
            first = scene.places[0].account
            self._say(f"{standing(scene).plain} Riskiest: {first.name or first.id}, {first.sentence}")

    def _say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def stage(console: Console) -> Iterator[Stage]:
    """The stage that fits where we run."""
    if not console.is_terminal:
        yield PlainLines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield LiveTable(console, live)
