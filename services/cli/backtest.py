"""`kizashi backtest`: what a scorecard would have said of accounts, beside what became of them."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.backtesting.options import ActiveWithin, Horizon, MinAge
from services.cli.options import Data, Json


def backtest(  # noqa: PLR0913 - each option is one
    *,
    events: Annotated[
        Path | None, typer.Option(help="CSV, JSON lines or Parquet.", exists=True, dir_okay=False)
    ] = None,
    outcomes: Annotated[
        Path | None, typer.Option(help="What became of accounts: account_id, churned_at.", exists=True, dir_okay=False)
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option(metavar="DATE[,DATE…]", help="When the question is asked, 00:00 UTC.")
    ] = None,
    horizon: Horizon = "28d",
    active_within: ActiveWithin = "28d",
    min_age: MinAge = "28d",
    study: Annotated[
        Path | None,
        typer.Option(help="Several histories and the means over them, from a YAML file.", exists=True, dir_okay=False),
    ] = None,
    scorecard: Annotated[
        list[Path] | None,
        typer.Option(help="Beside the published card, or the shipped one.", exists=True, dir_okay=False),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge the dates before it and since apart.")
    ] = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="The events and recorded outcomes of a running instance, not files.")
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the report with a running instance: publishing asks for it.")
    ] = False,
    data: Data = None,
    leave_one_out: Annotated[bool, typer.Option("--leave-one-out", help="Also what each signal adds.")] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Also the alerts that each rule would have raised: day by day, so slower.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page.", dir_okay=False)] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            help="Write account_id, at, score, band of every account asked about: .csv or .parquet.", dir_okay=False
        ),
    ] = None,
    account_id_column: Annotated[str, typer.Option(help="The column of the account.")] = "account_id",
    user_id_column: Annotated[str, typer.Option(help="The column of the user.")] = "user_id",
    event_name_column: Annotated[str, typer.Option(help="The column of what happened.")] = "event_name",
    feature_column: Annotated[str, typer.Option(help="The column of the feature.")] = "feature",
    timestamp_column: Annotated[str, typer.Option(help="The column of the time.")] = "timestamp",
    churned_at_column: Annotated[str, typer.Option(help="The column of the churn, of outcomes.")] = "churned_at",
    as_json: Json = False,
) -> None:
    """Live through a history under scorecards, knowing nothing past each date, and judge them by what came.

    The scores are those the running system would have had: the same code, fed the same events. The first card is the
    one published in the instance of --from-log or --store, or the shipped one; those of --scorecard are set beside it.
    --scores writes the last card's. Facts of the roster are not lived through: signals that need them abstain.
    """
    import msgspec
    from rich.console import Console

    from services.cli.backtesting import judging
    from services.cli.backtesting.text import tell
    from services.cli.exits import Exit
    from services.scoring.backtest.page import page
    from services.scoring.backtest.refused import BacktestRefused
    from services.scoring.replay import Trimmed
    from services.scoring.scorecard_file import ScorecardRefused

    request = judging.Request(
        events=events,
        outcomes=outcomes,
        dates=tuple(date for dates in at or () for date in dates.split(",")),
        lengths={"horizon": horizon, "active_within": active_within, "min_age": min_age},
        split=split,
        study=study,
        scorecards=tuple(scorecard or ()),
        from_log=from_log,
        store=store,
        data=data,
        leaves_one_out=leave_one_out,
        counts_rules=rules,
        scores=scores,
        renamed={
            "account_id": account_id_column,
            "user_id": user_id_column,
            "event_name": event_name_column,
            "feature": feature_column,
            "timestamp": timestamp_column,
            "churned_at": churned_at_column,
        },
    )
    try:
        report = judging.judged(request)
    except (BacktestRefused, ScorecardRefused) as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.USAGE) from refused
    except Trimmed as trimmed:
        typer.echo(f"kizashi: {trimmed}: its history is not whole", err=True)
        raise typer.Exit(Exit.TRIMMED) from trimmed
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        tell(report, Console(highlight=False))
