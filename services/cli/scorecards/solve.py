"""`kizashi scorecard solve`: bands from what a team can work on."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.backtesting.options import ActiveWithin, Base, Events, Out
from services.cli.options import Json

if TYPE_CHECKING:
    from services.scoring.backtest.solve import Solution


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = math.nan
    if not 0 < share < 1:
        msg = f"{text!r} is no share: write 5% or 0.05"
        raise typer.BadParameter(msg)
    return share


def solve(  # noqa: PLR0913 - each option is one
    *,
    events: Events,
    outcomes: Annotated[
        Path | None,
        typer.Option(help="Who churned, or is observed no longer, leaves the book.", exists=True, dir_okay=False),
    ] = None,
    scorecard: Base = None,
    at: Annotated[str | None, typer.Option(metavar="DATE", help="Default: a day past the last event.")] = None,
    share_at_risk: Annotated[
        float, typer.Option(parser=_share, metavar="SHARE", help="Of the book in at_risk.")
    ] = "5%",  # type: ignore[assignment] # the parser reads it
    share_not_green: Annotated[
        float, typer.Option(parser=_share, metavar="SHARE", help="Of the book in watch or at_risk.")
    ] = "20%",  # type: ignore[assignment] # the parser reads it
    alerts: Annotated[
        float | None, typer.Option(min=0.1, help="New alerts per 100 accounts and month, instead of --share-at-risk.")
    ] = None,
    false_alarms: Annotated[
        float | None,
        typer.Option(min=0.001, max=1, help="Of silence rules, per account and month: how long they have to wait."),
    ] = None,
    active_within: ActiveWithin = "28d",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Solve where bands begin from a budget, on the past alone, and tell how such bands drifted month by month.

    The book is every account with a score and an event within --active-within. Solve again every month.
    """
    import msgspec
    from msgspec.structs import replace

    from schemas.time import DAY
    from services.cli.backtesting import wishes
    from services.cli.backtesting.bar import bar
    from services.cli.exits import Exit
    from services.scoring.backtest.card_file import write_card
    from services.scoring.backtest.patience import patience, with_patience
    from services.scoring.backtest.refused import BacktestRefused
    from services.scoring.backtest.report import date
    from services.scoring.backtest.run import followed
    from services.scoring.backtest.silence import silences
    from services.scoring.backtest.solve import Budget, book_of, solution, with_bands
    from services.scoring.scorecard_file import ScorecardRefused

    try:
        card = wishes.base(scorecard)
        became = wishes.became(outcomes)
        with bar(events.name) as step:
            past = followed(events, wishes.EVENTS, card, became, step)
        when = past.ends // DAY * DAY + DAY if at is None else wishes.instant("at", at)
        book = book_of(past.looked, 0, past.weeks, wishes.period("active-within", active_within))
        found = replace(
            solution(book, Budget(share_at_risk, share_not_green, alerts), when),
            silences=silences(past.watched),
            patience=None if false_alarms is None else patience(past.watched, false_alarms, when),
        )
        if out is not None:
            if found.patience is not None:
                card = with_patience(card, found.patience.wait_days)
            budget = (
                f"{share_at_risk:.0%} of the book" if alerts is None else f"{alerts:g} alerts per 100 accounts a month"
            )
            said = (
                f"Bands solved at {date(when)}: at_risk for {budget}, not green for {share_not_green:.0%} of the book."
            )
            write_card(out, with_bands(card, found), said)
    except (BacktestRefused, ScorecardRefused) as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.USAGE) from refused
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        _tell(found)


def _tell(found: "Solution") -> None:
    from rich.console import Console
    from rich.table import Table

    from services.scoring.backtest.budget import LEAST, MOST
    from services.scoring.backtest.report import date
    from services.scoring.backtest.sentences import patience_told, silence_told

    console = Console(highlight=False)
    console.print(f"bands: {{watch: {found.watch}, at_risk: {found.at_risk}}}, from {found.rows:,} weekly scores")
    table = Table(
        title="Solved monthly on the past: realised over budget in the four weeks after", title_justify="left"
    )
    for column in ("solved at", "watch", "at risk", "at risk / budget", "not green / budget"):
        table.add_column(column, justify="right")
    for month in found.months:
        realised = [_ratio(month.at_risk_over_budget), _ratio(month.not_green_over_budget)]
        table.add_row(date(month.solved_at), str(month.watch), str(month.at_risk), *realised)
    console.print(table)
    ratios = [month.at_risk_over_budget for month in found.months if month.at_risk_over_budget is not None]
    if ratios:
        inside = sum(LEAST <= ratio <= MOST for ratio in ratios)
        console.print(f"{inside} of {len(ratios)} months within {LEAST:g} to {MOST:g} of the budget for at_risk.")
    if found.silences is not None:
        console.print(silence_told(found.silences))
    if found.patience is not None:
        console.print(patience_told(found.patience))


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"
