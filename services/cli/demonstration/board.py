"""The demo's alerts in lines: what and why, where it was delivered to, and the command that takes it, to be pasted."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.text import Text

from schemas.alerts import AlertStatus
from schemas.sentences import Language
from schemas.time import SECOND, Instant, instant_of, moment_of
from services.cli.demonstration.alarm import Alarm, Expected
from services.cli.demonstration.scene import Scene
from services.runtime.settings import DEFAULT_DATA

_QUIET: Final = "None yet."


def take(folder: Path) -> str:
    """The beginning of the command that acknowledges an alert of the instance in a folder."""
    program = [sys.argv[0]] if Path(sys.argv[0]).suffix != ".py" else [sys.executable, "-m", "services.cli"]
    data = [] if folder == DEFAULT_DATA.resolve() else ["--data", str(folder)]
    return shlex.join([*program, "ack", *data])


def board(scene: Scene, take: str, now: Instant) -> list[Text]:
    """All lines; none is wrapped but those to be pasted."""
    lines = [line for alarm in scene.alarms for line in alarm_lines(alarm, scene.receiver, take)]
    return lines or [_before(scene.expected, now)]


def alarm_lines(alarm: Alarm, receiver: str | None, take: str) -> Iterator[Text]:
    """An alert: what and whose, its reasons, where it went, and what to do with it."""
    alert = alarm.alert
    head = _line(f"{alert.opened_at:%H:%M:%S} ", "dim")
    head.append(f"{alert.facts.name or alert.account_id} ", style="bold")
    head.append(f"{alert.rule}, {alert.status.value}", style="bold red" if alert.holds else "green")
    head.append(f"  {alert.title.told(Language.EN)}")
    yield head
    if alert.reasons:
        yield _line("  " + "  ".join(reason.sentence.told(Language.EN) for reason in alert.reasons))
    if alarm.delivered_at is not None and receiver is not None:
        seconds = (alarm.delivered_at - instant_of(alert.opened_at)) / SECOND
        yield _line(f"  delivered to {receiver} after {seconds:.1f} s, signature valid", "dim")
    yield _next(alarm, take)


def _next(alarm: Alarm, take: str) -> Text:
    alert = alarm.alert
    match alert.status:
        case AlertStatus.OPEN:
            return Text(f"  {take} {alert.id}", style="cyan", overflow="fold")
        case AlertStatus.CLOSED:
            told = "" if alarm.closed_at is None else ", and the receiver was told"
            return _line(f"  closed at {alert.changed_at:%H:%M:%S}: its condition no longer holds{told}", "green")
        case _:
            return _line(f"  {alert.status.value}; it closes by itself when the customer is back", "dim")


def _before(expected: Expected | None, now: Instant) -> Text:
    if expected is None or expected.at <= now:
        return _line(_QUIET, "dim")
    return _line(f"{_QUIET} Unless {expected.name} is seen, one at {moment_of(expected.at):%H:%M:%S} UTC.", "dim")


def _line(text: str, style: str = "") -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(text, style=style)
    return line
