"""`kizashi account`: one account, its facts, why it is where it is, and what changed last."""

from typing import TYPE_CHECKING, Annotated

import typer

from schemas.phrases import day_told
from schemas.sentences import Language
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

    from schemas.changes import ScoreChange
    from services.api.answers import AccountDetail

_CHANGES = 5


def account(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account.")],
    *,
    known_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="What was known then, such as 2026-11-22 or 2026-11-22T09:00Z.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Of what is written.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show an account: state, reasons, facts, freshness, and its last changes."""
    import msgspec
    from rich.console import Console

    from services.api.answers import AccountDetail
    from services.api.openapi import ChangePage
    from services.cli.asking import Asker, account_path

    path = account_path(account_id)
    with Asker(data) as asker:
        body = asker.get(path, {"lang": lang.value, "known_at": known_at})
        if as_json:
            typer.echo(body)
            return
        asked = {"limit": _CHANGES, "as_of": known_at}
        changes = msgspec.json.decode(asker.get(f"{path}/changes", asked), type=ChangePage)
    detail = msgspec.json.decode(body, type=AccountDetail)
    console = Console(highlight=False)
    console.print(heading(detail, lang))
    for sentence in (*words(detail, lang), *reasons(detail)):
        console.print(f"  {sentence}", markup=False, soft_wrap=True)
    console.print(facts(detail, lang))
    console.print(table(changes.items, lang))


def heading(detail: "AccountDetail", language: Language) -> "Text":
    """Who, how bad, and in what state."""
    from rich.text import Text

    from services.cli import wording

    name = detail.id if detail.name is None else f"{detail.name} ({detail.id})"
    parts = [Text(name, "bold"), wording.state_text(detail.state, language)]
    if detail.score is not None:
        score = f"{wording.RISK.told(language)} {wording.score_text(detail.score)} / 100"
        parts.insert(1, Text(score, wording.style_of(detail.state)))
    return Text("   ").join(parts)


def words(detail: "AccountDetail", language: Language) -> list[str]:
    """What people said that holds now, in sentences: an override, a mute."""
    from services.cli import wording

    said = [] if detail.override is None or detail.score is None else [detail.sentence]
    if (mute := detail.mute) is not None:
        until = day_told(mute.until).told(language)
        said.append(wording.MUTED.told(language).format(author=mute.author, until=until, reason=mute.reason))
    return said


def reasons(detail: "AccountDetail") -> list[str]:
    """What adds most, in sentences; or why nothing is known."""
    if detail.score is None:
        return [detail.sentence]
    ranked = sorted(detail.contributions, key=lambda part: -part.points)
    adding = [part.sentence for part in ranked if part.points > 0][:3]
    return adding if adding or detail.override is not None else [detail.sentence]


def facts(detail: "AccountDetail", language: Language) -> "Table":
    """What is known of it, and how fresh that is."""
    from rich.table import Table
    from rich.text import Text

    from services.cli import wording
    from services.cli.wording import minute

    fresh = detail.freshness
    found = Table(box=None, show_header=False, pad_edge=False)
    found.add_column(style="dim", no_wrap=True)
    found.add_column()
    for name, word in wording.FACTS.items():
        value = getattr(detail.facts, name)
        if value is not None:
            shown = f"{value / 100:,.2f}" if name == "arr_cents" else str(value)
            found.add_row(word.told(language), Text(shown))
    for word, moment in (
        (wording.FIRST_EVENT, fresh.first_event_at),
        (wording.LAST_EVENT, fresh.last_event_at),
        (wording.SILENCE_DUE, detail.silence_deadline),
        (wording.AS_OF, fresh.at),
    ):
        found.add_row(word.told(language), minute(moment))
    if fresh.lag_records:
        found.add_row(wording.WAITING.told(language), str(fresh.lag_records))
    return found


def table(changes: "Iterable[ScoreChange]", language: Language) -> "Table":
    """The last changes, newest first."""
    from rich.table import Table
    from rich.text import Text

    from schemas.sentences import change_sentence
    from services.cli import wording

    found = Table(box=None, pad_edge=False)
    found.add_column("", no_wrap=True)
    found.add_column(wording.RISK.told(language), justify="right")
    found.add_column(wording.STATE.told(language), no_wrap=True)
    found.add_column("", ratio=1, overflow="fold")  # Japanese has no spaces
    for change in changes:
        found.add_row(
            wording.minute(change.at),
            wording.score_text(change.score),
            wording.state_text(change.state, language),
            Text(change_sentence(change).told(language)),
        )
    return found
