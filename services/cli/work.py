"""`kizashi contact|outcome|mute|unmute|why`: what people did about an account, and why nobody was alerted."""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.activity import Because, ContactKind, OutcomeKind
from schemas.sentences import Language
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from pathlib import Path

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
By = Annotated[str | None, typer.Option(help="Who.", show_default="you")]
At = Annotated[str | None, typer.Option(metavar="TIME", help="When; without an offset UTC.", show_default="now")]


def contact(  # noqa: PLR0913 - each option is one
    account: Account,
    *,
    kind: Annotated[ContactKind, typer.Option(help="How.")] = ContactKind.CALL,
    note: Annotated[str | None, typer.Option(help="What was said.")] = None,
    at: At = None,
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Record that somebody of ours spoke with an account. Its open alerts become contacted."""
    _record(account, "contacts", {"kind": kind.value, "note": note, "at": at}, by, data, as_json=as_json)


def outcome(  # noqa: PLR0913 - each option is one
    account: Account,
    what: Annotated[OutcomeKind, typer.Argument(help="What became of it.")],
    *,
    because: Annotated[Because | None, typer.Option(help="What it came of, in a word.")] = None,
    reason: Annotated[str | None, typer.Option(help="The reason that was given, in theirs.")] = None,
    at: At = None,
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Record how a renewal ended, or that an account churned."""
    body = {"outcome": what.value, "because": because and because.value, "reason": reason, "at": at}
    _record(account, "outcomes", body, by, data, as_json=as_json)


def mute(
    account: Account,
    *,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="ISO 8601.", show_default="unmuted")] = None,
    reason: Annotated[str, typer.Option(help="Why.")],
    by: By = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Say nothing of an account for a while. What is still bad afterwards is told then."""
    from services.cli.asking import Asker, account_path
    from services.runtime.scopes import Scope

    body = {"until": until, "reason": reason, "by": by or getpass.getuser()}
    with Asker(data) as asker:
        answer = asker.send("PUT", f"{account_path(account)}/mute", Scope.OPERATE, body)
    typer.echo(answer if as_json else f"{account} is muted {f'until {until}' if until else 'until it is unmuted'}.")


def unmute(account: Account, *, data: Data = None, as_json: Json = False) -> None:
    """Take a mute back."""
    from services.cli.asking import Asker, account_path
    from services.runtime.scopes import Scope

    with Asker(data) as asker:
        asker.send("DELETE", f"{account_path(account)}/mute", Scope.OPERATE, None)
    typer.echo("{}" if as_json else f"{account} is heard of again.")


def why(
    account: Account,
    *,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day, in UTC.", show_default="today")] = None,
    lang: Annotated[Language, typer.Option(help="Of what is written.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Why was I not alerted? Which rules held for an account on a day, and what held each back."""
    import msgspec

    from schemas.time import date_of, day_of
    from services.alerts.answers import WhyNot
    from services.cli.asking import Asker, account_path
    from services.runtime.clock import now

    day = date_of(day_of(now())).isoformat() if on is None else on
    with Asker(data) as asker:
        body = asker.get(f"{account_path(account)}/why-not", {"on": day})
    if as_json:
        typer.echo(body)
        return
    answer = msgspec.json.decode(body, type=WhyNot)
    typer.echo(answer.sentence.told(lang))
    for rule in answer.rules:
        typer.echo(f"  {rule.sentence.told(lang)}")
        for one in rule.deliveries:
            typer.echo(f"    to {one.to}: {one.state} {one.answer or ''}".rstrip())


def _record(
    account: str, kind: str, body: dict[str, Any], by: str | None, data: "Path | None", *, as_json: bool
) -> None:
    from services.cli.asking import Asker, account_path
    from services.runtime.scopes import Scope

    with Asker(data) as asker:
        path = f"{account_path(account)}/{kind}"
        answer = asker.send("POST", path, Scope.OPERATE, {**body, "by": by or getpass.getuser()})
    typer.echo(answer if as_json else f"Recorded for {account}.")
