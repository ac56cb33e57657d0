"""`kizashi dead-letters`: what was sent and could not be used, and what to change in the sender."""

import asyncio
from base64 import b64encode
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from schemas.dead_letters import ADVICE, DeadLetterReason
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from services.ingest.dead_letters import Found
    from services.runtime.settings import KafkaSettings

_CLIENT = "kizashi-dead-letters"
_SHOWN_REASONS = 5
_SHOWN_BYTES = 300  # of an original, for people; machines get all of it


app = typer.Typer(invoke_without_command=True)
Reason = Annotated[DeadLetterReason | None, typer.Option(help="Only what was refused for this reason.")]


@app.callback()
def dead_letters(
    context: typer.Context,
    *,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, from the newest on.")] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what was refused: why, when, where it came from, its bytes, and what to change. The newest first."""
    if context.invoked_subcommand is not None:
        return
    found = asyncio.run(_every(data))
    chosen = [one for one in found if reason in (None, one.letter.reason)]
    shown = sorted(chosen, key=lambda one: one.letter.refused_at, reverse=True)[:limit]
    if as_json:
        for one in shown:
            typer.echo(msgspec.json.encode(_told(one)))
        return
    console = Console(highlight=False, soft_wrap=True)
    _summarise(console, chosen)
    for one in shown:
        letter = one.letter
        source = f" from {letter.source}" if letter.source else ""
        back = "  [green]put back[/green]" if one.is_put_back else ""
        console.print(f"[bold]{letter.reason}[/bold]  {escape(letter.detail)}{back}")
        console.print(f"  [dim]{letter.refused_at:%Y-%m-%d %H:%M:%S}Z  {escape(letter.origin + source)}[/dim]")
        console.print(f"  {escape(_excerpt(one.value))}")
    if not shown:
        console.print("No dead letters.")


@app.command()
def replay(
    *,
    reason: Reason = None,
    source: Annotated[str | None, typer.Option(help="Only what this source sent.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Decide on what was refused once more, after a repair: what is admitted now goes into the log, under the same ids.

    It counts as received when it was refused. What is refused again stays; it may be replayed any number of times.
    """
    from services.cli.exits import Exit
    from services.ingest.replay import Replayed
    from services.ingest.replay import replay as again

    async def replayed() -> Replayed:
        return await again(_kafka(data), _CLIENT, reason, source)

    outcome = asyncio.run(replayed())
    if as_json:
        typer.echo(msgspec.json.encode(outcome._asdict()))
    else:
        typer.echo(
            f"{outcome.admitted} put into the log, {outcome.already} were there, {outcome.refused} refused again"
        )
        for detail, number in sorted(outcome.why.items(), key=lambda one: -one[1])[:_SHOWN_REASONS]:
            typer.echo(f"{number:>7,} {detail}")
    raise typer.Exit(Exit.FAILED if outcome.refused else Exit.OK)


def _summarise(console: Console, found: "list[Found]") -> None:
    """How many there are of each reason, and what to change."""
    waiting = Counter(one.letter.reason for one in found if not one.is_put_back)
    for reason, number in waiting.most_common():
        console.print(f"[bold]{number:>7,}[/bold] {reason:<13} {escape(ADVICE[reason])}")
    if waiting:
        console.print()


def _kafka(data: Path | None) -> "KafkaSettings":
    from services.cli.where import where

    return where(data).kafka


async def _every(data: Path | None) -> "list[Found]":
    from services.ingest.dead_letters import every_letter

    return await every_letter(_kafka(data), _CLIENT)


def _told(found: "Found") -> dict[str, object]:
    """A dead letter for machines: one JSON object on a line; bytes that are no text as base64."""
    letter = found.letter
    told: dict[str, object] = {
        "reason": letter.reason,
        "detail": letter.detail,
        "advice": ADVICE[letter.reason],
        "origin": letter.origin,
        "source": letter.source,
        "refused_at": letter.refused_at,
        "place": found.place,
        "put_back": found.is_put_back,
        "key": None if found.key is None else found.key.decode("utf-8", "backslashreplace"),
    }
    try:
        return {**told, "value": found.value.decode()}
    except UnicodeDecodeError:
        return {**told, "value_base64": b64encode(found.value).decode()}


def _excerpt(value: bytes) -> str:
    """The beginning of an original, fit for a terminal."""
    text = value[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
    shown = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)
    return f"{shown}…" if len(value) > _SHOWN_BYTES else shown
