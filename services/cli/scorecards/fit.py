"""`kizashi scorecard fit`: a card's points from outcomes, where they beat the card."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.backtesting.options import ActiveWithin, At, Base, Events, Horizon, MinAge, Out, Outcomes
from services.cli.options import Json

if TYPE_CHECKING:
    from services.scoring.backtest.fit import Fitted
    from services.scoring.backtest.scarce import Scarce


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
    churns: Annotated[
        int | None,
        typer.Option(min=1, help="Make no card: tell what fits to only so many of the churns would have gained."),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Fit a card's points to outcomes: signs as they mean, drawn towards the card, judged on dates it has not seen.

    What kinds of events tell of churn is learnt, too, and named in the card. A logistic regression of six plain figures
    on the same rows is told beside it.

    The result is an ordinary scorecard. It is refused, exit code 1, where churns are too few or it does not beat the
    card on later dates of the same accounts.
    """
    import msgspec

    from services.cli.backtesting import wishes
    from services.cli.backtesting.bar import bar
    from services.cli.exits import Exit
    from services.scoring.backtest import fit as fitting
    from services.scoring.backtest.card_file import write_card
    from services.scoring.backtest.evidence import evidence
    from services.scoring.backtest.refused import BacktestRefused
    from services.scoring.backtest.scarce import scarce
    from services.scoring.scorecard_file import ScorecardRefused

    try:
        card, known_by = wishes.base(scorecard), wishes.instant("split", split)
        dates = tuple(date for dates in at for date in dates.split(","))
        lengths = {"horizon": horizon, "active_within": active_within, "min_age": min_age}
        asked = wishes.asked(events, outcomes, dates, **lengths, split=split)
        wish = wishes.wish(asked, wishes.Told({}, {}, leaves_one_out=False), wishes.HERE)
        with bar(asked.name) as step:
            found = evidence(wish, card, known_by if churns is None else None, step)
        if churns is not None:
            _tell_scarce(scarce(found, card, known_by, churns), as_json=as_json)
            return
        made, report = fitting.fit(found, card, known_by)
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
    for names, meaning in ((report.key_features, "key features"), (report.friction, "friction")):
        if names:
            console.print(f"Outcomes tell of {meaning}: {', '.join(names)}. Take out of the card what makes no sense.")
    console.print(f"AUC of the card {figure(report.auc_card)}, of the fit {figure(report.auc_fit)}.")
    console.print(f"Difference {figure(report.difference)}; the fit is better in {report.better_in:.0%} of draws.")
    console.print(
        f"A logistic regression of six plain figures, learnt from the same rows: AUC {figure(report.auc_six)}; the fit "
        f"is better by {figure(report.over_six)}."
    )
    console.print(f"Churns observed over expected: {report.observed / report.expected:.2f}.")


def _tell_scarce(found: "Scarce", *, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    typer.echo(
        f"{len(found.gains)} fits to {found.churns} churned accounts each: AUC over the card on later dates "
        f"{found.median:+.3f} in the median, {found.worst:+.3f} or less in one of twenty."
    )
