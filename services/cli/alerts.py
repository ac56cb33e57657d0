"""`kizashi alerts` and what people do with them: acknowledge, snooze, resolve, reopen, assign."""

import getpass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from schemas.alerts import AlertOutcome
from schemas.conditions import Severity
from schemas.sentences import Language
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from schemas.alerts import Alert

app = typer.Typer(invoke_without_command=True)

_PAGE = 200
_COUNTED = ("open", "acknowledged", "contacted", "closed", "true", "false", "known")
_STYLES = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
AlertId = Annotated[str, typer.Argument(metavar="ALERT", help="Its id, as `kizashi alerts` shows it.")]
By = Annotated[str | None, typer.Option(help="Who does it.", show_default="you")]


@app.callback()
def alerts(  # noqa: PLR0913 - each option is one
    context: typer.Context,
    *,
    status: Annotated[
        list[str] | None,
        typer.Option(help="open, acknowledged, contacted, resolved, closed, active or any.", show_default="active"),
    ] = None,
    account: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    owner: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many, from the newest on.")] = 50,
    summary: Annotated[bool, typer.Option("--summary", help="Count them by team and segment instead.")] = False,
    lang: Annotated[Language, typer.Option(help="Of what is written.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List alerts, the newest first: what there is to work on."""
    if context.invoked_subcommand is not None:
        return
    import msgspec
    from rich.console import Console

    from services.alerts.answers import AlertPage
    from services.cli.asking import Asker

    if summary:
        _summarise(data, as_json=as_json)
        return
    with Asker(data) as asker:
        wanted = {"status": status, "account": account, "rule": rule, "owner": owner}
        body = asker.get("/v1/alerts", {**{name: value for name, value in wanted.items() if value}, "limit": limit})
    if as_json:
        typer.echo(body)
        return
    page = msgspec.json.decode(body, type=AlertPage)
    console = Console(highlight=False)
    if not page.items:
        console.print("No alert is like that." if status or account or rule or owner else "No alert is open.")
        return
    for alert in page.items:
        for line in lines(alert, lang):
            console.print(line, soft_wrap=True)
    if page.next_cursor is not None:
        console.print(f"The {len(page.items)} newest; more with --limit.", style="dim")


def _summarise(data: "Path | None", *, as_json: bool) -> None:
    """Counts by team and segment; nobody's own."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from services.alerts.answers import AlertSummary
    from services.cli.asking import Asker

    with Asker(data) as asker:
        body = asker.get("/v1/alerts/summary", {})
    if as_json:
        typer.echo(body)
        return
    found = msgspec.json.decode(body, type=AlertSummary)
    for heading, groups in (("team", found.teams), ("segment", found.segments)):
        table = Table(heading, *_COUNTED, "yearly revenue at stake", box=None)
        for one in groups:
            counts = (str(getattr(one, name)) for name in _COUNTED)
            table.add_row(one.name or "(none)", *counts, f"{one.arr_cents / 100:,.0f}")
        Console().print(table)


@app.command()
def serve() -> None:
    """Run alerts in the foreground: their making, their delivery, the fleet guard. Configured by KIZASHI_* alone."""
    import runpy

    runpy.run_module("services.alerts", run_name="__main__")


@app.command()
def show(
    alert: AlertId, *, lang: Annotated[Language, typer.Option()] = Language.EN, data: Data = None, as_json: Json = False
) -> None:
    """Show an alert: why, what to do, what happened to it, and who was told."""
    from services.cli.asking import Asker

    with Asker(data) as asker:
        tell(asker.get(f"/v1/alerts/{quote(alert, safe='')}", {}), lang, as_json=as_json)


def ack(alert: AlertId, *, by: By = None, data: Data = None, as_json: Json = False) -> None:
    """Say that somebody has an alert."""
    do(alert, "acknowledge", {}, by, data, as_json=as_json)


def snooze(  # noqa: PLR0913 - each option is one
    alert: AlertId,
    *,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="ISO 8601; without an offset UTC.")] = None,
    until_worse: Annotated[bool, typer.Option("--until-worse", help="Also speak when it gets worse.")] = False,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say nothing of an alert until a date, or until it is worse. It speaks again only if it is still bad."""
    do(alert, "snooze", {"until": until, "until_worse": until_worse, "reason": reason}, by, data, as_json=as_json)


def resolve(
    alert: AlertId,
    *,
    outcome: Annotated[AlertOutcome, typer.Option(help="true: it was at risk; false: not; known: for a known reason.")],
    reason: Annotated[str | None, typer.Option(help="In words.")] = None,
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say what an alert was: its rule's precision is measured by that."""
    do(alert, "resolve", {"outcome": outcome.value, "reason": reason}, by, data, as_json=as_json)


def reopen(alert: AlertId, *, by: By = None, data: Data = None, as_json: Json = False) -> None:
    """Take an acknowledgement or a verdict back."""
    do(alert, "reopen", {}, by, data, as_json=as_json)


def assign(
    alert: AlertId,
    to: Annotated[str | None, typer.Argument(help="Who; nobody in particular if left out.")] = None,
    *,
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give an alert to somebody."""
    do(alert, "assign", {"to": to}, by, data, as_json=as_json)


def do(alert: str, what: str, body: dict[str, Any], by: str | None, data: "Path | None", *, as_json: bool) -> None:
    """Do something with an alert, and show it as it is then."""
    from services.cli.asking import Asker
    from services.runtime.scopes import Scope

    with Asker(data) as asker:
        path = f"/v1/alerts/{quote(alert, safe='')}/{what}"
        answer = asker.send("POST", path, Scope.OPERATE, {**body, "by": by or getpass.getuser()})
    tell(answer, Language.EN, as_json=as_json)


def tell(body: bytes, language: Language, *, as_json: bool) -> None:
    """An alert's detail, for people or for programs."""
    import msgspec
    from rich.console import Console

    from services.alerts.answers import AlertDetail

    if as_json:
        typer.echo(body)
        return
    detail = msgspec.json.decode(body, type=AlertDetail)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for line in lines(detail.alert, language):
        console.print(line)
    for reason in detail.alert.reasons:
        console.print(f"  {reason.sentence.told(language)}")
    if detail.alert.playbook:
        console.print(detail.alert.playbook.strip())
    for step in detail.steps:
        more = " ".join(part for part in (step.detail, f"(quiet: {step.quiet})" if step.quiet else None) if part)
        console.print(f"  {step.at:%Y-%m-%d %H:%M:%S}Z {step.kind} by {step.by} {more}".rstrip(), style="dim")
    for one in detail.deliveries:
        console.print(f"  {one.created_at:%Y-%m-%d %H:%M:%S}Z to {one.to}: {one.state} {one.answer or ''}", style="dim")


def lines(alert: "Alert", language: Language) -> "list[Text]":
    """An alert as people read it: what and whose, then why."""
    from rich.text import Text

    from services.cli import wording

    name = alert.account_id if alert.facts.name is None else f"{alert.facts.name} ({alert.account_id})"
    head = f"{alert.id}  {alert.status.value}  {alert.severity.value}  {name}  since {wording.minute(alert.since)}"
    return [Text(head, style=_STYLES[alert.severity]), Text(f"  {alert.rule}: {alert.title.told(language)}")]
