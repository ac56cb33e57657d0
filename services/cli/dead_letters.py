"""`kizashi dead-letters`: what was sent and could not be used, and what to change in the sender."""

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from schemas.dead_letters import DeadLetterReason
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from services.ingest.dead_letters import Found

_CLIENT = "kizashi-dead-letters"
_SHOWN_BYTES = 300  # of an original, for people; machines get all of it


def dead_letters(
    *,
    reason: Annotated[DeadLetterReason | None, typer.Option(help="Only what was refused for this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, from the newest on.")] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what was refused: why, when, where it came from, and its bytes. The newest first."""
    found = asyncio.run(_newest(data, reason, limit))
    if as_json:
        for one in found:
            typer.echo(msgspec.json.encode(_told(one)))
        return
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        letter = one.letter
        source = f" from {letter.source}" if letter.source else ""
        console.print(f"[bold]{letter.reason}[/bold]  {escape(letter.detail)}")
        console.print(f"  [dim]{letter.refused_at:%Y-%m-%d %H:%M:%S}Z  {escape(letter.origin + source)}[/dim]")
        console.print(f"  {escape(_excerpt(one.value))}")
    if not found:
        console.print("No dead letters.")


async def _newest(data: Path | None, reason: DeadLetterReason | None, limit: int) -> "list[Found]":
    from services.ingest.dead_letters import newest
    from services.runtime.instance import find_run
    from services.runtime.settings import InstanceSettings, KafkaSettings, read

    run = find_run(read(InstanceSettings, data=data).data)
    kafka = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers)
    return await newest(kafka, _CLIENT, reason, limit)


def _told(found: "Found") -> dict[str, object]:
    """A dead letter for machines: one JSON object on a line; bytes that are no text as base64."""
    letter = found.letter
    told: dict[str, object] = {
        "reason": letter.reason,
        "detail": letter.detail,
        "origin": letter.origin,
        "source": letter.source,
        "refused_at": letter.refused_at,
        "place": found.place,
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
