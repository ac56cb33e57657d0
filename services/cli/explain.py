"""`kizashi explain`: a score taken apart into what adds up to it, and what made it change."""

from typing import TYPE_CHECKING, Annotated

import typer

from schemas.sentences import Language
from services.cli.options import Data, Json

if TYPE_CHECKING:
    from rich.table import Table

    from services.api.answers import AccountDetail

_WIDTH = 40  # cells for 100 points
_NARROW, _NARROW_WIDTH = 110, 16  # on a screen of fewer columns sentences need the room


def explain(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account.")],
    *,
    lang: Annotated[Language, typer.Option(help="Of what is written.")] = Language.EN,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what adds up to an account's score, signal by signal, since when, and what made it change."""
    import msgspec
    from rich.console import Console

    from services.api.answers import AccountDetail
    from services.cli.account import heading, words
    from services.cli.asking import Asker, account_path

    with Asker(data) as asker:
        body = asker.get(account_path(account_id), {"lang": lang.value})
    if as_json:
        typer.echo(body)
        return
    detail = msgspec.json.decode(body, type=AccountDetail)
    console = Console(highlight=False)
    console.print(heading(detail, lang))
    for sentence in words(detail, lang):
        console.print(f"  {sentence}", markup=False, soft_wrap=True)
    if detail.score is None:
        console.print(detail.sentence, markup=False, soft_wrap=True)
    else:
        console.print(table(detail, lang, _NARROW_WIDTH if console.width < _NARROW else _WIDTH))
    for line in history(detail, lang):
        console.print(line, style="dim", markup=False, soft_wrap=True)


def table(detail: "AccountDetail", language: Language, width: int = _WIDTH) -> "Table":
    """Every signal's points as a bar that begins where the one before ends, its movement, and its sentence.

    `width`: cells for 100 points.
    """
    from rich.table import Table
    from rich.text import Text

    from services.cli import wording
    from services.cli.waterfall import bars, tenths

    parts = detail.contributions
    points = [part.points for part in parts]
    shown = tenths(points)
    found = Table(box=None, pad_edge=False, show_footer=True)
    found.add_column(wording.SIGNAL.told(language), footer=wording.SUM.told(language), no_wrap=True)
    found.add_column(wording.POINTS.told(language), footer=f"{sum(shown) / 10:.1f}", justify="right", no_wrap=True)
    found.add_column(wording.SINCE_BEFORE.told(language), justify="right", no_wrap=True)
    found.add_column("", footer=Text("█" * bars([sum(points)], width)[0][1]), no_wrap=True, min_width=width)
    found.add_column("", ratio=1, overflow="fold")  # Japanese has no spaces
    style = wording.style_of(detail.state)
    for part, tenth, (opens, closes) in zip(parts, shown, bars(points, width), strict=True):
        bar = Text(" " * opens + "█" * (closes - opens), style=style)
        found.add_row(part.signal, f"{tenth / 10:.1f}", _moved(part.points, part.previous_points), bar, part.sentence)
    return found


def history(detail: "AccountDetail", language: Language) -> list[str]:
    """Since when this holds, what made it so, and how sure it is."""
    from services.cli import wording
    from services.cli.wording import minute, score_text

    last = detail.last_change
    since = wording.SINCE.told(language).format(at=minute(detail.freshness.at), why=last.sentence)
    if last.previous is not None:
        before = wording.BEFORE.told(language)
        since += before.format(at=minute(last.previous.at), score=score_text(last.previous.score))
    record = f"activity.v1/{last.cause.partition}/{last.cause.offset}"
    cause = wording.CAUSE.told(language).format(record=record, card=detail.scorecard)
    if detail.score is not None:
        cause += wording.CONFIDENCE.told(language).format(confidence=detail.confidence)
    return [since, cause]


def _moved(points: float, previous: float | None) -> str:
    if previous is None:
        return ""
    moved = points - previous
    return f"{moved:+.1f}" if abs(moved) >= 0.05 else "="  # noqa: PLR2004 - what rounds to nothing
