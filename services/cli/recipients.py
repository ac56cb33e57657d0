"""`kizashi recipients`, `rules` and `incidents`: who is told, how rules have done, when the tracking broke."""

from typing import Annotated
from urllib.parse import quote

import typer

from schemas.sentences import Language
from services.cli.options import Data, Json

app = typer.Typer(no_args_is_help=True, help="Who is told of alerts: owners, teams, segments' queues, `default`.")

Name = Annotated[str, typer.Argument(help="An owner as the facts name them, a team, segment:<name>, or default.")]


@app.command("list")
def list_(*, data: Data = None, as_json: Json = False) -> None:
    """List recipients."""
    import json

    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get("/v1/recipients", {})
    if as_json:
        typer.echo(body)
        return
    items = json.loads(body)["items"]
    for one in items:
        ways = ", ".join(one[way] for way in ("mail", "slack") if one[way]) or "no way to reach them"
        typer.echo(f"{one['name']}  {ways}  {one['works_from']}-{one['works_until']} {one['time_zone']}")
    if not items:
        typer.echo("No recipients. `kizashi recipients set NAME --mail ADDRESS` adds one.")


@app.command("set")
def set_(  # noqa: PLR0913 - each option is one
    name: Name,
    *,
    mail: Annotated[str | None, typer.Option(help="A mail address.")] = None,
    slack: Annotated[str | None, typer.Option(help="An incoming webhook's URL, or a channel for the bot.")] = None,
    language: Annotated[Language, typer.Option()] = Language.EN,
    time_zone: Annotated[str, typer.Option(help="Such as Asia/Tokyo.")] = "UTC",
    works_from: Annotated[str, typer.Option()] = "09:00",
    works_until: Annotated[str, typer.Option()] = "18:00",
    working_day: Annotated[list[int] | None, typer.Option(min=1, max=7, show_default="1 2 3 4 5")] = None,
    secondary: Annotated[str | None, typer.Option(help="Another recipient.")] = None,
    team: Annotated[str | None, typer.Option(help="Another recipient.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say how somebody is reached and when they work, in place of what was known before."""
    from services.cli.asking import Asker
    from services.runtime.scopes import Scope

    body = {
        "mail": mail,
        "slack": slack,
        "language": language.value,
        "time_zone": time_zone,
        "works_from": works_from,
        "works_until": works_until,
        "working_days": working_day or [1, 2, 3, 4, 5],
        "secondary": secondary,
        "team": team,
    }
    with Asker(data) as asker:
        answer = asker.send("PUT", f"/v1/recipients/{quote(name, safe='')}", Scope.OPERATE, body)
    typer.echo(answer if as_json else f"{name} is told from now on.")


@app.command()
def remove(name: Name, *, data: Data = None, as_json: Json = False) -> None:
    """Forget a recipient."""
    from services.cli.asking import Asker
    from services.runtime.scopes import Scope

    with Asker(data) as asker:
        asker.send("DELETE", f"/v1/recipients/{quote(name, safe='')}", Scope.OPERATE, None)
    typer.echo("{}" if as_json else f"{name} is told no more.")


def rules(*, data: Data = None, as_json: Json = False) -> None:
    """Show how rules have done: alerts by verdict, and precision among those that were judged."""
    import json

    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get("/v1/rules", {})
    if as_json:
        typer.echo(body)
        return
    for one in json.loads(body)["items"]:
        precision = "not judged yet" if one["precision"] is None else f"precision {one['precision']:.0%}"
        counts = f"{one['true']} true, {one['false']} false, {one['known']} known"
        typer.echo(f"{one['rule']}: {one['alerts']} alerts, {one['open']} open, {counts}; {precision}")


def incidents(
    *, lang: Annotated[Language, typer.Option()] = Language.EN, data: Data = None, as_json: Json = False
) -> None:
    """Show when the tracking broke: what fell, since when, until when."""
    import json

    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get("/v1/incidents", {})
    if as_json:
        typer.echo(body)
        return
    items = json.loads(body)["items"]
    for one in items:
        typer.echo(f"{one['id']}  {one['sentence'][lang.value]}")
    if not items:
        typer.echo("No incident so far.")
