"""`kizashi sources`: who sends, and how it goes. What to look at when nothing arrives."""

from typing import Any

from services.cli.options import Data, Json

_WIDE = 200  # columns of a file or a pipe: nothing is cut off there


def sources(*, data: Data = None, as_json: Json = False) -> None:
    """Show who sends: when each was seen last, events a minute, what was refused and why, its clock and its SDK.

    Counts are of the last 24 hours, events a minute of the last 5 minutes. A key that never sent is there, too.
    """
    import json

    import typer
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from services.cli.asking import Asker

    with Asker(data) as asker:
        answer = asker.get("/v1/sources", {})
    if as_json:
        typer.echo(answer)
        return
    found: list[dict[str, Any]] = json.loads(answer)["items"]
    table = Table(
        "source", "seen last", Column("a minute", justify="right"), "accepted", "refused", "clock", "SDK", box=None
    )
    for one in found:
        refused = ", ".join(f"{number} {reason}" for reason, number in one["refused"].items())
        table.add_row(
            escape(one["source"]),
            (one["last_seen_at"] or "never")[:19],
            f"{one['events_a_minute']:g}",
            f"{one['accepted']:,}",
            f"[red]{refused}[/red]" if refused else "",
            _clock(one["clock_skew_seconds"]),
            escape(" ".join(filter(None, (one["sdk"], one["sdk_version"])))),
        )
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(table)
    if any(one["refused"] for one in found):
        console.print("What was refused, and what to change: kizashi dead-letters")
    if not found:
        console.print("Nobody sends. Make a key: kizashi keys create NAME")


def _clock(skew_seconds: float | None) -> str:
    """How a sender's clock goes."""
    if skew_seconds is None:
        return ""
    if abs(skew_seconds) < 60:  # noqa: PLR2004 - a minute: no skew, but the way
        return "right"
    return f"{abs(skew_seconds):,.0f} s {'behind' if skew_seconds > 0 else 'ahead'}"
