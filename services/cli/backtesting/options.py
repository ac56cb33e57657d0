"""The options that a history and its question have in every command that lives through one."""

from pathlib import Path
from typing import Annotated

import typer

Events = Annotated[Path, typer.Option("--events", help="CSV, JSON lines or Parquet.", exists=True, dir_okay=False)]
Outcomes = Annotated[
    Path,
    typer.Option("--outcomes", help="What became of accounts: account_id, churned_at.", exists=True, dir_okay=False),
]
At = Annotated[list[str], typer.Option("--at", metavar="DATE[,DATE…]", help="When the question is asked, 00:00 UTC.")]
Horizon = Annotated[str, typer.Option(metavar="LENGTH", help="A churn within it is to be foreseen.")]
ActiveWithin = Annotated[str, typer.Option(metavar="LENGTH", help="Asked of accounts with an event that recently.")]
MinAge = Annotated[str, typer.Option(metavar="LENGTH", help="Asked of accounts at least that old.")]
Base = Annotated[
    Path | None, typer.Option("--scorecard", help="Default: the shipped one.", exists=True, dir_okay=False)
]
Out = Annotated[Path | None, typer.Option("--out", help="Write the scorecard there, as YAML.", dir_okay=False)]
