"""`kizashi accounts`: who is at risk, riskiest first."""

from typing import TYPE_CHECKING, Annotated

import typer

from schemas.changes import State
from schemas.sentences import Language
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from rich.table import Table

    from services.api.answers import AccountPage, ListedAccount
    from services.cli.asking import Asker, Parameters

_PAGE = 200  # as many as the api gives at once


def accounts(  # noqa: PLR0913 - each option is one
    *,
    state: Annotated[
        list[State] | None, typer.Option(help="healthy, watch, at_risk or unknown; may be repeated.")
    ] = None,
    band: Annotated[list[str] | None, typer.Option(help="healthy, watch or at_risk; may be repeated.")] = None,
    segment: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    owner: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    q: Annotated[str | None, typer.Option(help="Part of the name or of the id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, from the riskiest on.")] = 20,
    lang: Annotated[Language, typer.Option(help="Of what is written.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List accounts by risk, highest first, unknown last. Filters hold together."""
    import msgspec
    from rich.console import Console

    from services.cli.asking import Asker, Parameters

    filters: Parameters = {"state": state, "band": band, "segment": segment, "owner": owner, "q": q}
    given = {name: value for name, value in filters.items() if value}
    with Asker(data) as asker:
        page = _ask(asker, {**given, "lang": lang.value}, limit)
    if as_json:
        typer.echo(msgspec.json.encode(page))
        return
    console = Console(highlight=False)
    if not page.items:
        console.print(nothing(is_filtered=bool(given)), soft_wrap=True)
        return
    console.print(table(page.items, lang))
    if page.next_cursor is not None:
        console.print(f"The {len(page.items)} riskiest; more with --limit.", style="dim")


def _ask(asker: "Asker", parameters: "Parameters", limit: int) -> "AccountPage":
    """The riskiest `limit` accounts, over as many pages as it takes."""
    import msgspec

    from services.api.answers import AccountPage

    items: list[ListedAccount] = []
    cursor: str | None = None
    while len(items) < limit:
        asked = {**parameters, "limit": min(_PAGE, limit - len(items)), "cursor": cursor}
        page = msgspec.json.decode(asker.get("/v1/accounts", asked), type=AccountPage)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return AccountPage(items=items, next_cursor=cursor)


def table(items: "list[ListedAccount]", language: Language) -> "Table":
    """Accounts as people read them: how bad, who, why, and when last seen."""
    from rich.table import Table
    from rich.text import Text

    from services.cli import wording

    found = Table(box=None, pad_edge=False)
    found.add_column(wording.RISK.told(language), justify="right")
    found.add_column(wording.STATE.told(language), no_wrap=True)
    found.add_column(wording.ACCOUNT.told(language), max_width=32)
    found.add_column(wording.REASON.told(language), ratio=1, overflow="fold")  # Japanese has no spaces
    found.add_column(wording.LAST_SEEN.told(language), no_wrap=True)
    for item in items:
        found.add_row(
            Text(wording.score_text(item.score), style=wording.style_of(item.state)),
            wording.state_text(item.state, language),
            Text(item.id if item.name is None else f"{item.name} ({item.id})"),
            Text(item.sentence),
            wording.day(item.last_event_at),
        )
    return found


def nothing(*, is_filtered: bool) -> str:
    """What to do where there is nothing to show."""
    if is_filtered:
        return "No account is like that. `kizashi accounts` without filters lists all."
    return (
        "No account is known yet. One appears with its first event (`kizashi send ACCOUNT EVENT`), with history "
        "(`kizashi import FILE`), or with a simulated product (`kizashi simulate`)."
    )
