"""`kizashi scorecard rollback`: back to what was in force before."""

from typing import Annotated

import typer

from services.cli.options import Data, Json


def rollback(
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The version to go back to.")],
    *,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Publish what an older version said as the next one. Nothing that was published is ever taken out of the log."""
    import asyncio

    from services.cli.exits import Exit
    from services.cli.scorecards.told import told
    from services.cli.where import me, partitions_of, where
    from services.scoring.publication import UnknownVersion, roll_back
    from services.scoring.queries import Published

    to = where(data)

    async def rolled_back() -> Published:
        return await roll_back(to.kafka, to.database, await partitions_of(to.kafka), version, by=me())

    try:
        told(asyncio.run(rolled_back()), as_json=as_json)
    except UnknownVersion as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(Exit.FAILED) from refused
