"""`kizashi down`: ends an instance."""

from services.cli.options import Data, Json

_SECONDS = 20.0  # twice what it promises


def down(*, data: Data = None, as_json: Json = False) -> None:
    """End the instance of a data folder, and everything that it started. Nothing is lost; nothing else is touched."""
    import json
    import os
    import signal
    import time

    import typer

    from services.cli.exits import Exit
    from services.runtime.folder import DataFolder, holder
    from services.runtime.settings import InstanceSettings, read

    folder = DataFolder(read(InstanceSettings, data=data).data.expanduser().resolve())
    pid = holder(folder)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _SECONDS
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(0.1)
    has_ended = pid is None or not _runs(pid)
    if as_json:
        typer.echo(json.dumps({"was_running": pid is not None, "ended": has_ended}))
    elif pid is None:
        typer.echo(f"No instance runs in {folder.path}.")
    elif has_ended:
        typer.echo("Ended.")
    else:
        typer.echo(f"Process {pid} has not ended after {_SECONDS:g} s. Its log: {folder.logs / 'up.log'}", err=True)
    raise typer.Exit(Exit.OK if has_ended else Exit.FAILED)


def _runs(pid: int) -> bool:
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
