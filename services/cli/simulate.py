"""`kizashi simulate`: a product that does not exist sends the events of its customers to a running instance."""

from typing import Annotated

import typer

from schemas.time import Instant
from services.cli.length import length
from services.cli.options import Data, Json


def _length(text: str) -> Instant:
    try:
        return length(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong


def simulate(  # noqa: PLR0913 - each option is an argument
    *,
    data: Data = None,
    seed: Annotated[
        int | None, typer.Option(help="Which world: a seed always draws the same customers.", show_default="7")
    ] = None,
    accounts: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="How many customers.", show_default="300")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.01, max=1_000, help="Live events a second, on average.")] = 4.0,
    speed: Annotated[
        float | None,
        typer.Option(
            min=1, help="Times as fast as life, where the clock is the log's.", show_default="86400: a day a second"
        ),
    ] = None,
    duration: Annotated[
        Instant | None,
        typer.Option(
            parser=_length,
            metavar="LENGTH",
            help="How much time to live: 90s, 10m, 2h, 30d.",
            show_default="until Ctrl-C; 30d where the clock is the log's",
        ),
    ] = None,
    history: Annotated[bool, typer.Option(help="Three months of history first, in a new simulation.")] = True,
    as_json: Json = False,
) -> None:
    """Simulate a product and its customers: their history first, then what they do now.

    A second start goes on where the first one ended, and lives through the time in between. Nothing comes in twice.
    """
    import asyncio

    import msgspec

    from services.cli.progress import Progress
    from services.cli.simulator.session import REFUSALS, simulated
    from services.cli.simulator.simulation import Wish
    from services.runtime.settings import InstanceSettings, read

    wish = Wish(seed, accounts, rate, speed, duration, history)
    folder = read(InstanceSettings, data=data).data.expanduser().resolve()
    progress = Progress()
    try:
        summary = asyncio.run(simulated(folder, wish, progress.say))
    except tuple(REFUSALS) as refused:
        typer.echo(f"kizashi: {refused}", err=True)
        raise typer.Exit(REFUSALS[type(refused)]) from refused
    if as_json:
        typer.echo(msgspec.json.encode(summary))
    else:
        progress.say(
            f"{summary.rows_imported:,} rows brought in, {summary.events_sent:,} events sent, "
            f"lived until {summary.lived_until}"
        )
