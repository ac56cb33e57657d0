"""`kizashi scorecard diff`: what would change."""

import typer

from services.cli.options import Data, Json
from services.cli.scorecards.file import File, read_file


def diff(file: File, *, data: Data = None, as_json: Json = False) -> None:
    """Say in words how a file differs from the published scorecard. Exit code 0: not at all; 1: it does."""
    import asyncio

    import msgspec

    from services.cli.exits import Exit
    from services.cli.where import where
    from services.scoring.difference import differences
    from services.scoring.publication import versions

    scorecard = read_file(file)
    newest = asyncio.run(versions(where(data).database))[0]
    found = differences(newest.scorecard, scorecard)
    if as_json:
        typer.echo(msgspec.json.encode({"version": newest.version, "differences": found}))
    else:
        for sentence in found or [f"No difference to version {newest.version}."]:
            typer.echo(sentence)
    raise typer.Exit(Exit.FAILED if found else Exit.OK)
