"""`kizashi override`: somebody knows better than the score, for a while."""

from typing import Annotated, Literal

import typer

from services.cli.options import Data, Json


def override(  # noqa: PLR0913 - each option is one
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account.")],
    band: Annotated[
        Literal["healthy", "watch", "at_risk"] | None, typer.Argument(help="The band it is to be served in.")
    ] = None,
    *,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Until when, such as 2027-01-31.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why. It is shown beside the score.")] = None,
    by: Annotated[str | None, typer.Option(help="Who says so.", show_default="you")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Take it back.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Set an account's band until a time, with a reason; or take that back. The score is computed as ever.

    kizashi override acme at_risk --until 2027-01-31 --reason "Their sponsor left."
    """
    from schemas.time import iso, parse_iso
    from services.cli.asking import Asker, account_path
    from services.cli.where import me
    from services.runtime.scopes import Scope

    path, author = f"{account_path(account_id)}/override", by or me()
    if lift:
        with Asker(data) as asker:
            answer = asker.send("DELETE", f"{path}?{_query(author)}", Scope.OPERATE, None)
        typer.echo(answer if as_json else f"{account_id} is served by its score again.")
        return
    if band is None or until is None or reason is None:
        msg = "say a BAND, --until and --reason; or --lift"
        raise typer.BadParameter(msg)
    try:
        ends = iso(parse_iso(until))
    except ValueError as wrong:
        msg = "write --until as 2027-01-31 or 2027-01-31T09:00Z"
        raise typer.BadParameter(msg) from wrong
    with Asker(data) as asker:
        body = {"band": band, "reason": reason, "by": author, "until": ends}
        answer = asker.send("PUT", path, Scope.OPERATE, body)
    typer.echo(answer if as_json else f"{account_id} is {band} until {ends}.")


def _query(author: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"by": author})
