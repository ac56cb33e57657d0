"""The demo's two ways of showing: a live table in a terminal, and plain lines now and then anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.live import Live

from schemas.alerts import AlertStatus
from schemas.time import SECOND, Instant
from services.cli.demonstration.board import alarm_lines
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

    def __init__(self, console: Console, live: Live, take: str) -> None:
        self._console = console
        self._live = live
        self._take = take

    def show(self, scene: Scene, now: Instant) -> None:
        drawn = screen(scene, now, self._console.size.height - _WAY_IN, self._take)
        self._live.update(drawn, refresh=True)


class PlainLines:
    """Says each change of state once, each alert at each step, and every ten seconds how it stands."""

    def __init__(self, console: Console, take: str = "kizashi ack") -> None:
        self._console = console
        self._take = take
        self._steps: dict[str, AlertStatus] = {}  # of alerts, the last that was told
        self._receiver: str | None = None
        self._told: list[str] = []
        self._doing = ""
        self._next_line: Instant = 0

    def show(self, scene: Scene, now: Instant) -> None:
        if scene.doing != self._doing:
            self._doing = scene.doing
            self._say(scene.doing)
        if scene.receiver != self._receiver:
            self._receiver = scene.receiver
            self._say(f"Alerts are delivered to {scene.receiver}")
        self._alarms(scene)
        for change in reversed(scene.news):
            if change.id not in self._told and change.previous and change.previous.state is not change.state:
                self._say(told(change).plain)
        self._told = [change.id for change in scene.news]
        if now >= self._next_line and scene.places:
            self._next_line = now + _LINE_EVERY
            first = scene.places[0].account
            self._say(f"{standing(scene).plain} Riskiest: {first.name or first.id}, {first.sentence}")

    def _alarms(self, scene: Scene) -> None:
        for alarm in scene.alarms:
            alert, is_delivered = alarm.alert, alarm.delivered_at is not None or scene.receiver is None
            if is_delivered and self._steps.get(alert.id) is not alert.status:
                self._steps[alert.id] = alert.status
                for line in alarm_lines(alarm, scene.receiver, self._take):
                    self._say(line.plain)

    def _say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)


@contextmanager
def stage(console: Console, take: str) -> Iterator[Stage]:
    """The stage that fits where we run. `take` is the beginning of the command that takes an alert."""
    if not console.is_terminal:
        yield PlainLines(console, take)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield LiveTable(console, live, take)
