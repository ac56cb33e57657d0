"""`kizashi up`: the whole instance on this machine, in the foreground or (`--detach`) the background."""

from typing import Annotated

import typer

from services.cli.options import Data, Json
from services.runtime.settings import Clock, InstanceSettings, read


def up(
    *,
    data: Data = None,
    as_json: Json = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready; `kizashi down` ends it.")] = False,
    clock: Annotated[
        Clock | None,
        typer.Option(
            help="live: as time goes by. log: only an importer or simulator moves time, so that years pass in minutes. "
            "Fixed when the folder is made; log may become live once.",
            show_default="live",
        ),
    ] = None,
    scoring_workers: Annotated[int, typer.Option(min=1, max=8, help="Scoring processes; they share the accounts.")] = 1,
) -> None:
    """Start Kafka, PostgreSQL and all services, and keep them running.

    With KIZASHI_KAFKA_BOOTSTRAP_SERVERS or KIZASHI_DATABASE_URL set, it uses those instead of its own. Ports:
    KIZASHI_API_PORT (8600), KIZASHI_INGEST_PORT (8601). When all is ready it says where (--json: as in DIR/run.json).
    Ctrl-C ends everything that it started.
    """
    from services.cli.detach import run_detached
    from services.cli.foreground import run_here
    from services.runtime.folder import with_remembered_clock

    settings = with_remembered_clock(read(InstanceSettings, data=data, clock=clock))
    run = run_detached if detach else run_here
    raise typer.Exit(run(settings, scoring_workers, as_json=as_json))
