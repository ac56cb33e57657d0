"""`kizashi demo`: everything started, a simulated product, and a live table of its riskiest customers."""

from typing import Annotated

import typer

from services.cli.options import Data


def demo(
    *,
    data: Data = None,
    seed: Annotated[
        int | None, typer.Option(help="Which world: a seed always draws the same customers.", show_default="7")
    ] = None,
    accounts: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="How many customers.", show_default="300")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.01, max=1_000, help="Live events a second, on average.")] = 4.0,
) -> None:
    """Show Kizashi at work: a product with some hundred customers, a few of them on their way out.

    Starts an instance unless one runs in the data folder already, and ends with Ctrl-C what it started. What it did is
    kept: the next demo goes on from there.
    """
    import asyncio

    from rich.console import Console

    from services.cli.demonstration.board import take
    from services.cli.demonstration.instance import InstanceEnded, StartFailed, instance
    from services.cli.demonstration.play import play
    from services.cli.demonstration.screen import way_in
    from services.cli.demonstration.show import stage
    from services.cli.exits import Exit
    from services.cli.interrupts import Interrupted, interruptible
    from services.cli.simulator.session import REFUSALS
    from services.cli.simulator.simulation import Wish
    from services.runtime.scopes import Scope
    from services.runtime.settings import InstanceSettings, read

    folder = read(InstanceSettings, data=data).data.expanduser().resolve()
    console = Console(highlight=False)
    wish = Wish(seed=seed, accounts=accounts, per_second=rate)
    is_ready = False
    try:
        with (
            interruptible(),
            instance(folder, lambda line: console.print(line, soft_wrap=True, markup=False)) as shown,
        ):
            is_ready, run = True, shown.run
            console.print(way_in(run.api_url, run.keys[Scope.READ]), soft_wrap=True, markup=False)
            with stage(console, take(folder)) as seen:
                asyncio.run(play(shown, folder, wish, seen))
    except Interrupted as ended:
        raise typer.Exit(Exit.OK if is_ready else Exit.INTERRUPTED) from ended
    except StartFailed as failed:
        typer.echo(str(failed), err=True)
        raise typer.Exit(failed.code) from failed
    except InstanceEnded as ended:
        typer.echo(f"kizashi: {ended}", err=True)
        raise typer.Exit(Exit.SERVICE_FAILED) from ended
    except tuple(REFUSALS) as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(REFUSALS[type(refused)]) from refused
