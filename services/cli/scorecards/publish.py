"""`kizashi scorecard publish`: from now on accounts are scored by this one."""

from typing import Annotated

import typer

from services.cli.options import Data, Json
from services.cli.scorecards.file import File, read_file


def publish(
    file: File,
    *,
    waiver: Annotated[
        str | None, typer.Option(metavar="REASON", help="Why it is published without a stored backtest.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Publish a scorecard as the next version, in every partition of the log.

    It must have been judged by a backtest that is stored, or a waiver is recorded with it. Publishing what is in force
    already changes nothing; what was left half done is finished. Accounts are evaluated under it at their next touch,
    or within a day.
    """
    import asyncio

    from services.cli.exits import Exit
    from services.cli.scorecards.told import told
    from services.cli.where import me, partitions_of, where
    from services.scoring.publication import NotBacktested, publish
    from services.scoring.queries import Published

    scorecard = read_file(file)
    to = where(data)

    async def published() -> Published:
        partitions = await partitions_of(to.kafka)
        return await publish(to.kafka, to.database, partitions, scorecard, by=me(), waiver=waiver)

    try:
        told(asyncio.run(published()), as_json=as_json)
    except NotBacktested as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.FAILED) from refused
