"""A scene as a person sees it in a terminal: the riskiest accounts, what just changed, alerts, how it stands."""

from collections.abc import Sequence
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from schemas.changes import CauseKind, ScoreChange, State
from schemas.sentences import Language, cause_sentence, reason_sentence
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant, day_of, instant_of
from services.cli.demonstration.board import board
from services.cli.demonstration.scene import Place, Scene

STYLES = {State.AT_RISK: "bold red", State.WATCH: "yellow", State.HEALTHY: "green", State.UNKNOWN: "dim"}
WORDS = {state: state.value.replace("_", " ") for state in State}
_LINES_AROUND = 11  # title, heading and rules of the table, borders of news and alerts, and the last two lines
_MOVED = 0.5  # points: what is less is no movement


def way_in(api_url: str, key: str) -> str:
    """Where the API is, a key for it, and a line that works as pasted: plain text, so that it can be copied."""
    return (
        f"API   {api_url}/v1   (described at {api_url}/docs)\n"
        f"Key   {key}   (it may read)\n"
        f"Try   curl -s -H 'Authorization: Bearer {key}' '{api_url}/v1/accounts?limit=3'\n"
    )


def screen(scene: Scene, now: Instant, height: int, take: str = "kizashi ack") -> RenderableType:
    """The riskiest accounts, what just changed, alerts and how it stands, in `height` lines (but at least a few).

    `take` is the beginning of the command that takes an alert.
    """
    alerts = board(scene, take, now)
    rows = max(3, height - _LINES_AROUND - max(1, len(scene.news)) - len(alerts))
    doing = scene.doing if scene.trouble is None else f"{scene.trouble} does not answer just now; asking again"
    last = Text(f"{doing}. Ctrl-C ends the demo", style="dim", no_wrap=True, overflow="ellipsis")
    return Group(_table(scene.places[:rows], now), _news(scene), _panel("Alerts", alerts), standing(scene), last)


def ago(moment: datetime | None, now: Instant) -> str:
    """How long ago, in one unit. Days are those that sentences count: from one UTC day to another.

    >>> from datetime import UTC
    >>> epoch = datetime(1970, 1, 1, 12, tzinfo=UTC)
    >>> ago(epoch, 12 * HOUR + 90_000), ago(epoch, 4 * DAY), ago(None, 0)
    ('1 min', '4 d', 'never')
    """
    if moment is None:
        return "never"
    passed = max(0, now - instant_of(moment))
    if passed >= DAY:
        return f"{day_of(now) - day_of(instant_of(moment))} d"
    for unit, word in ((HOUR, "h"), (MINUTE, "min")):
        if passed >= unit:
            return f"{passed // unit} {word}"
    return f"{passed // SECOND} s"


def _table(places: Sequence[Place], now: Instant) -> Table:
    title = "Riskiest accounts (risk, 0 to 100, high is bad)"
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0)
    )
    table.add_column("Risk", justify="right")
    table.add_column("", justify="right", min_width=5)
    table.add_column("State")
    table.add_column("Account", no_wrap=True)
    table.add_column("Owner", no_wrap=True, style="dim")
    table.add_column("Why", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("Last seen", justify="right", no_wrap=True)
    for place in places:
        account = place.account
        style = STYLES[account.state]
        table.add_row(
            Text("-" if account.score is None else f"{account.score:.1f}", style=style),
            _arrow(place),
            Text(WORDS[account.state], style=style),
            account.name or account.id,
            account.owner or "",
            account.sentence,
            ago(account.last_event_at, now),
        )
    return table


def _arrow(place: Place) -> Text:
    if place.moved >= _MOVED:
        return Text(f"▲{place.moved:.0f}", style="red")
    return Text(f"▼{-place.moved:.0f}", style="green") if place.moved <= -_MOVED else Text("")


def _news(scene: Scene) -> RenderableType:
    lines = [told(change) for change in scene.news] or [Text("Nothing yet: scores move as events arrive.", style="dim")]
    return _panel("What just changed", lines)


def _panel(title: str, lines: Sequence[Text]) -> Panel:
    return Panel(Group(*lines), title=title, title_align="left", border_style="dim")


def told(change: ScoreChange) -> Text:
    """A change in one line: when, who, from what to what, why."""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{change.known_at:%H:%M:%S} ", style="dim")
    line.append(f"{change.facts.name or change.account_id} ", style="bold")
    if change.previous is not None:
        line.append(_risk(change.previous.score, change.previous.state), style=STYLES[change.previous.state])
        line.append(" → ")
    line.append(_risk(change.score, change.state), style=STYLES[change.state])
    line.append(f"  {reason_sentence(change).told(Language.EN)}")
    if change.cause.kind is not CauseKind.TICK:  # that time passed goes without saying
        line.append(f" ({cause_sentence(change).told(Language.EN)})", style="dim")
    return line


def _risk(score: float | None, state: State) -> str:
    return WORDS[state] if score is None else f"{score:.1f} {WORDS[state]}"


def standing(scene: Scene) -> Text:
    """How it stands, in one line: accounts by state, events and their rate, delays."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for state in State:
        line.append(f"{scene.states.get(state, 0)} {WORDS[state]}  ", style=STYLES[state])
    line.append(f"│ {scene.events:,} events, {scene.events_per_second:.1f}/s ")
    if scene.seconds_to_screen is not None:
        line.append(f"│ last change on screen after {scene.seconds_to_screen:.1f} s ")
    if scene.seconds_behind is not None:
        line.append("│ stream {:.1f} to {:.1f} s behind ".format(*scene.seconds_behind))
    return line
