"""`kizashi scorecard fit`: a card's points from outcomes, where they beat the card."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.backtesting.options import ActiveWithin, At, Base, Events, Horizon, MinAge, Out, Outcomes
from services.cli.options import Json

if TYPE_CHECKING:
    from services.scoring.backtest.fit import Fitted


def fit(  # noqa: PLR0913 - each option is one
    *,
    events: Events,
    outcomes: Outcomes,
    at: At,
    split: Annotated[
        str, typer.Option(metavar="DATE", help="Fitted on what was known then, judged on the dates since.")
    ],
    horizon: Horizon = "28d",
    active_within: ActiveWithin = "28d",
    min_age: MinAge = "28d",
    scorecard: Base = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Fit a card's points to outcomes: signs as they mean, drawn towards the card, judged on dates it has not seen.

    The result is an ordinary scorecard. It is refused, exit code 1, where churns are too few or it does not beat the
    card on later dates of the same accounts.
    """
    import msgspec

    from services.cli.backtesting import wishes
    from services.cli.backtesting.bar import bar
    from services.cli.exits import Exit
    from services.scoring.backtest import fit as fitting
    from services.scoring.backtest.backtest import asked_of
    from services.scoring.backtest.card_file import write_card
    from services.scoring.backtest.refused import BacktestRefused
    from services.scoring.scorecard_file import ScorecardRefused

    try:
        card = wishes.base(scorecard)
        offered = fitting.offered(card)
        dates = tuple(date for dates in at for date in dates.split(","))
        lengths = {"horizon": horizon, "active_within": active_within, "min_age": min_age}
        asked = wishes.asked(events, outcomes, dates, **lengths, split=split)
        wish = wishes.wish(asked, wishes.Told({"offered": offered}, {}, leaves_one_out=False), wishes.HERE)
        with bar(asked.name) as step:
            looked = asked_of(wish, step)
        rows = fitting.rows_of(looked.asked, looked.u[0], offered, wish.question)
        made, report = fitting.fit(rows, offered, card, wishes.instant("split", split))
        if as_json:
            typer.echo(msgspec.json.encode(report))
        else:
            _tell(report)
        fitting.judged(report)
        if out is not None:
            said = (
                f"Fitted to {report.fitted_churns} churns of {report.fitted_rows:,} rows known at {split}; on later "
                f"dates AUC {report.auc_fit.value:.3f}, the card it came from {report.auc_card.value:.3f}."
            )
            write_card(out, made, said)
    except fitting.FitRefused as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.FAILED) from refused
    except (BacktestRefused, ScorecardRefused) as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.USAGE) from refused


def _tell(report: "Fitted") -> None:
    from rich.console import Console
    from rich.table import Table

    from services.cli.backtesting.text import figure

    console = Console(highlight=False)
    table = Table("signal", "card", "fit", title="Points", title_justify="left")
    for signal, (before, after) in report.points.items():
        table.add_row(signal, str(before), str(after))
    console.print(table)
    console.print(
        f"Fitted to {report.fitted_churns:,} churns of {report.fitted_rows:,} rows, judged on {report.judged_churns:,} "
        f"of {report.judged_rows:,} later ones."
    )
    console.print(f"AUC of the card {figure(report.auc_card)}, of the fit {figure(report.auc_fit)}.")
    console.print(f"Difference {figure(report.difference)}; the fit is better in {report.better_in:.0%} of draws.")
    console.print(f"Churns observed over expected: {report.observed / report.expected:.2f}.")
