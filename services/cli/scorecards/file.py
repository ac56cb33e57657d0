"""Reading the file that a command names, and saying what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.detection import detection
from schemas.scorecard import Scorecard
from schemas.time import Instant

File = Annotated[Path, typer.Argument(metavar="FILE", help="A scorecard in YAML.", dir_okay=False)]


def read_file(file: Path) -> Scorecard:
    """The scorecard in a file; ends the command where there is none."""
    from services.cli.exits import Exit
    from services.scoring.scorecard_file import ScorecardRefused, read_scorecard

    try:
        return read_scorecard(file, least_silence())
    except ScorecardRefused as refused:
        typer.echo(refused, err=True)
        raise typer.Exit(Exit.FAILED) from refused


def least_silence() -> Instant:
    """How long silence rules have to wait, by KIZASHI_ALERTS_GUARD_SECONDS; without it the guard does as rules need."""
    from schemas.time import SECOND
    from services.alerts.settings import AlertsBlock
    from services.runtime.settings import read
    from services.scoring.lint import LEAST_SILENCE

    seconds = read(AlertsBlock).guard_seconds
    return LEAST_SILENCE if seconds is None else detection(seconds * SECOND)
