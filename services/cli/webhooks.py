"""`kizashi webhooks`: endpoints that hear of alerts."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from services.cli.exits import Exit
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(no_args_is_help=True, help="Endpoints that hear of alerts, signed as Standard Webhooks has it.")

WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id, as `kizashi webhooks list` shows it.")]


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="Where to post.")],
    *,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Such as alert.opened; may be repeated. Default: all."),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Add a webhook. The secret that signs is shown now, and never again."""
    answer = _ask("POST", "", {"url": url, "types": types or []}, data)
    _tell(answer, "{id} is told of what happens from now on. Its secret, shown once: {secret}", as_json=as_json)


@app.command("list")
def list_(*, data: Data = None, as_json: Json = False) -> None:
    """List webhooks."""
    import json

    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get("/v1/webhooks", {})
    if as_json:
        typer.echo(body)
        return
    items = json.loads(body)["items"]
    for one in items:
        state = f"disabled: {one['disabled_because']}" if one["disabled_at"] else "enabled"
        if one["failing_since"] and not one["disabled_at"]:
            state = f"failing since {one['failing_since']}"
        typer.echo(f"{one['id']}  {one['url']}  {', '.join(one['types']) or 'all types'}  {state}")
    if not items:
        typer.echo("No webhooks. `kizashi webhooks create URL` adds one.")


@app.command("test")
def try_(webhook: WebhookId, *, data: Data = None, as_json: Json = False) -> None:
    """Post a signed test now, and show what the endpoint answers. The exit code is 1 if it was not taken."""
    import json

    answer = _ask("POST", f"{_path(webhook)}/test", None, data, scope="operate")
    _tell(answer, "{answer}", as_json=as_json)
    if not json.loads(answer)["delivered"]:
        raise typer.Exit(Exit.FAILED)


@app.command()
def deliveries(
    webhook: WebhookId,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what was sent and what the endpoint answered, the newest first."""
    import json

    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get(f"/v1/webhooks{_path(webhook)}/deliveries", {"limit": limit})
    if as_json:
        typer.echo(body)
        return
    for one in json.loads(body)["items"]:
        again = f", again {one['next_attempt_at']}" if one["next_attempt_at"] else ""
        line = f"{one['created_at']}  {one['message_id']}  {one['state']}, {one['attempts']} attempts{again}"
        typer.echo(f"{line}  {one['answer'] or ''}".rstrip())


@app.command()
def replay(
    webhook: WebhookId,
    *,
    since: Annotated[str, typer.Option(metavar="TIME", help="From when on; without an offset UTC.")],
    delivered_too: Annotated[bool, typer.Option("--delivered-too", help="Also what was delivered.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send again what was given up or dropped, each with the id it always had."""
    body = {"since": since, "delivered_too": delivered_too}
    answer = _ask("POST", f"{_path(webhook)}/replay", body, data, scope="operate")
    _tell(answer, "{replayed} on their way again.", as_json=as_json)


@app.command()
def disable(webhook: WebhookId, *, data: Data = None, as_json: Json = False) -> None:
    """Send nothing more to an endpoint."""
    _tell(_ask("POST", f"{_path(webhook)}/disable", None, data), "{id} is disabled.", as_json=as_json)


@app.command()
def enable(webhook: WebhookId, *, data: Data = None, as_json: Json = False) -> None:
    """Send to an endpoint again, from now on."""
    _tell(_ask("POST", f"{_path(webhook)}/enable", None, data), "{id} is enabled.", as_json=as_json)


@app.command()
def rotate(
    webhook: WebhookId,
    *,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="For how long the old secret signs, too.")] = 24,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Change the secret; both sign for a while."""
    answer = _ask("POST", f"{_path(webhook)}/rotate", {"overlap_hours": overlap_hours}, data)
    _tell(answer, "The new secret, shown once: {secret}. The old one signs until {old_secret_until}.", as_json=as_json)


def _path(webhook: str) -> str:
    return f"/{quote(webhook, safe='')}"


def _ask(method: str, path: str, body: dict[str, Any] | None, data: "Path | None", scope: str = "admin") -> bytes:
    from services.cli.asking import Asker
    from services.runtime.scopes import Scope

    with Asker(data) as asker:
        return asker.send(method, f"/v1/webhooks{path}", Scope(scope), body)


def _tell(answer: bytes, sentence: str, *, as_json: bool) -> None:
    import json

    typer.echo(answer if as_json else sentence.format(**json.loads(answer)))
