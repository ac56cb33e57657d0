"""Reading the file that a command names, and saying what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.scorecard import Scorecard

File = Annotated[Path, typer.Argument(metavar="FILE", help="A scorecard in YAML.", dir_okay=False)]


def read_file(file: Path) -> Scorecard:
    """The scorecard in a file; ends the command where there is none."""
    from services.cli.exits import Exit
    from services.scoring.scorecard_file import ScorecardRefused, read_scorecard

    try:
        return read_scorecard(file)
    except ScorecardRefused as refused:
        typer.echo(refused, err=True)
        raise typer.Exit(Exit.FAILED) from refused
