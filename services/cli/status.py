"""`kizashi status`: whether an instance runs, and what each of its services says."""

from services.cli.options import Data, Json


def status(*, data: Data = None, as_json: Json = False) -> None:
    """Show the instance of a data folder. Exit code 0: all ready; 1: not all; 10: none runs."""
    import json

    import typer
    from rich.console import Console
    from rich.table import Table

    from services.cli.exits import Exit
    from services.cli.questions import ask_services
    from services.runtime.instance import find_run
    from services.runtime.settings import InstanceSettings, read

    run = find_run(read(InstanceSettings, data=data).data)
    states = ask_services(run)
    is_ready = all(state.is_ready for state in states)
    if as_json:
        services = {state.name: {"pid": state.pid, "ready": state.is_ready, "checks": state.checks} for state in states}
        found = {"ready": is_ready, "api_url": run.api_url, "ingest_url": run.ingest_url, "log_id": run.log_id}
        typer.echo(json.dumps({**found, "clock": run.clock, "services": services}))
    else:
        table = Table("service", "process", "ready", "what it says", box=None)
        for state in states:
            said = ", ".join(f"{name}: {reason}" for name, reason in state.checks.items() if reason != "ok")
            table.add_row(state.name, str(state.pid), "yes" if state.is_ready else "no", said)
        console = Console(highlight=False)
        console.print(f"API {run.api_url}   ingest {run.ingest_url}   clock {run.clock}")
        console.print(table)
    raise typer.Exit(Exit.OK if is_ready else Exit.FAILED)
