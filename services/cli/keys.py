"""`kizashi keys`: API keys, made, listed, rotated and revoked."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, Json

if TYPE_CHECKING:
    from services.runtime.keys import Key, StoredKey

app = typer.Typer(
    help="API keys: make, list, rotate and revoke them. Every service knows within seconds.", no_args_is_help=True
)

_SCOPES = "ingest: send events. read: see scores. operate: both, and state facts. admin: everything."


@app.command()
def create(
    name: Annotated[
        str, typer.Argument(help="What sends or asks: events have it as their source, so choose it to last.")
    ],
    *,
    scope: Annotated[str, typer.Option(help=_SCOPES)] = "ingest",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a key, and show it: once, since only its hash is kept.

    A key in a page or an app is known to everybody who has it: give it the scope ingest, which only sends.
    """
    import asyncio

    from services.cli.database import database
    from services.runtime.database import transaction
    from services.runtime.keys import create_key
    from services.runtime.scopes import Scope

    if scope not in list(Scope):
        msg = f"there is no scope {scope!r}: say one of {', '.join(Scope)}"
        raise typer.BadParameter(msg, param_hint="--scope")

    async def made() -> "tuple[str, Key]":
        async with database(data) as engine, transaction(engine) as connection:
            return await create_key(connection, Scope(scope), name)

    text, key = asyncio.run(made())
    _show_new(text, key, None, as_json=as_json)


@app.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that were revoked, too.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the keys: id, scope, name, and when each was made. A secret is never shown again."""
    import asyncio

    import msgspec
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli.database import database
    from services.runtime.database import snapshot
    from services.runtime.keys import stored_keys

    async def found() -> "list[StoredKey]":
        async with database(data) as engine, snapshot(engine) as connection:
            return await stored_keys(connection)

    shown = [one for one in asyncio.run(found()) if everything or one.revoked_at is None]
    if as_json:
        for one in shown:
            typer.echo(msgspec.json.encode(one._asdict()))
        return
    table = Table("id", "scope", "name", "made", *(("revoked",) if everything else ()), box=None)
    for one in shown:
        times = [one.created_at, *((one.revoked_at,) if everything else ())]
        told = ["" if at is None else f"{at:%Y-%m-%d %H:%M}Z" for at in times]
        table.add_row(one.id, one.scope, escape(one.name), *told)
    Console(highlight=False).print(table)


@app.command()
def rotate(
    named: Annotated[str, typer.Argument(metavar="ID|NAME", help="A live key, or the name it has.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make the next key of a name. The one it replaces is good until you revoke it, so nothing stops meanwhile."""
    import asyncio

    from services.cli.database import database
    from services.runtime.database import transaction
    from services.runtime.keys import rotate_key

    async def made() -> "tuple[str, Key, StoredKey]":
        async with database(data) as engine, transaction(engine) as connection:
            return await rotate_key(connection, named)

    text, key, old = asyncio.run(made())
    _show_new(text, key, old, as_json=as_json)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `kizashi keys list` shows it.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let a key open nothing any more, on every process within seconds."""
    import asyncio

    import msgspec

    from services.cli.database import database
    from services.runtime.database import transaction
    from services.runtime.keys import revoke_key

    async def revoked() -> "StoredKey":
        async with database(data) as engine, transaction(engine) as connection:
            return await revoke_key(connection, key_id)

    gone = asyncio.run(revoked())
    told = f"Revoked {gone.id} ({gone.scope}, {gone.name}). What still presents it is answered 401 within seconds."
    typer.echo(msgspec.json.encode(gone._asdict()) if as_json else told)


def _show_new(text: str, key: "Key", replaces: "StoredKey | None", *, as_json: bool) -> None:
    import msgspec

    if as_json:
        told = {"key": text, "id": key.id, "scope": key.scope, "name": key.name}
        typer.echo(msgspec.json.encode({**told, "replaces": replaces and replaces.id}))
        return
    typer.echo(text)
    typer.echo(f"This is the only time it is shown. id {key.id}, scope {key.scope}, name {key.name}.", err=True)
    if replaces is not None:
        typer.echo(f"Once nothing uses the old one: kizashi keys revoke {replaces.id}", err=True)
