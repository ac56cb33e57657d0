"""`kizashi verify`: whether what is served follows from the log."""

from typing import Annotated

import typer

from services.cli.options import Data, Json


def verify(
    *,
    data: Data = None,
    as_json: Json = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for scoring and projection to catch up.")] = 300.0,
) -> None:
    """Recompute every account from the log with the core alone, and compare with what PostgreSQL serves.

    Exit code 0: no difference; 1: differences, each of which is printed; 3: the log was trimmed, so that its
    beginning cannot be recomputed; 7: scoring or projection did not reach the end of the log in time.
    """
    import asyncio
    import dataclasses
    import json

    from rich.console import Console

    from services.cli.exits import Exit
    from services.cli.progress import Progress
    from services.cli.verification.compare import NotPassed, Verdict
    from services.cli.verification.compare import verify as compare
    from services.cli.where import where
    from services.runtime import collector
    from services.runtime.database import open_engine
    from services.scoring.replay import Trimmed

    collector.spare()
    parts = where(data)

    async def compared() -> Verdict:
        engine = open_engine(parts.database)
        try:
            return await compare(parts.kafka, engine, wait, Progress().say)
        finally:
            await engine.dispose()

    try:
        verdict = asyncio.run(compared())
    except Trimmed as trimmed:
        typer.echo(f"kizashi: {trimmed}: it cannot be verified from its beginning", err=True)
        raise typer.Exit(Exit.TRIMMED) from trimmed
    except NotPassed as late:
        typer.echo(f"kizashi: {late}", err=True)
        raise typer.Exit(Exit.REFUSED) from late
    if as_json:
        typer.echo(json.dumps({"ok": not verdict.differences, **dataclasses.asdict(verdict)}))
    else:
        console = Console(highlight=False)
        for difference in verdict.shown:
            console.print(f"{difference['what']:>9}  {difference['id']}  {difference['detail']}", soft_wrap=True)
        found = f"{verdict.differences:,} differences" if verdict.differences else "no difference"
        console.print(
            f"{found}: {verdict.records:,} records give {verdict.changes:,} changes of {verdict.accounts:,} accounts, "
            f"{verdict.conditions:,} conditions"
        )
    raise typer.Exit(Exit.FAILED if verdict.differences else Exit.OK)
