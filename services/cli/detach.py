"""`kizashi up --detach`: starts `kizashi up` in the background, shows its progress, returns when it is ready."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

import typer

from services.cli.exits import Exit
from services.cli.interrupts import Interrupted, interruptible
from services.runtime.folder import DataFolder, check_identity
from services.runtime.settings import InstanceSettings

_POLL_SECONDS: Final = 0.1


def run_detached(settings: InstanceSettings, workers: int, *, as_json: bool) -> Exit:
    """The exit code of a `kizashi up` that failed, or OK once it is ready and on its own."""
    folder = DataFolder(settings.data.expanduser().resolve())
    check_identity(folder, settings.clock)  # before anything is written there
    folder.logs.mkdir(parents=True, exist_ok=True)
    log = folder.logs / "up.log"
    with log.open("ab") as output, log.open("rb") as progress:
        progress.seek(0, os.SEEK_END)
        process = _begin(folder.path, settings, workers, output)
        try:
            with interruptible():
                code = _await_ready(folder, process, progress)
        except Interrupted:
            process.send_signal(signal.SIGINT)
            process.wait()
            return Exit.INTERRUPTED
    if code is None and as_json:
        typer.echo(folder.run_file.read_text(encoding="utf-8").strip())
    elif code is None:
        typer.echo(f"Kizashi is ready: `kizashi status` shows it, `kizashi down` ends it. It says more in {log}")
    return Exit.OK if code is None else Exit(code)


def _begin(data: Path, settings: InstanceSettings, workers: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (
            *(sys.executable, "-m", "services.cli", "up", "--data", str(data)),
            *("--clock", settings.clock.value, "--scoring-workers", str(workers)),
        ),
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # it outlives this terminal
    )


def _await_ready(folder: DataFolder, process: subprocess.Popen[bytes], progress: IO[bytes]) -> int | None:
    """Relay its progress until it is ready (None) or has ended (its exit code)."""
    while True:
        code = process.poll()
        is_ready = folder.run_file.exists() and str(process.pid) in folder.lock_file.read_text(encoding="utf-8")
        sys.stderr.write(progress.read().decode(errors="replace"))
        sys.stderr.flush()
        if code is not None or is_ready:
            return code
        time.sleep(_POLL_SECONDS)
