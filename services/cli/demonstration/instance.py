"""The instance that the demo shows: one that already runs, or one that it starts and ends itself.

StartFailed     `kizashi up` ended before it was ready
InstanceEnded   it ended while it was shown
"""

import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from threading import Thread
from typing import IO, Final, NamedTuple

from services.cli.interrupts import ignore_interrupts
from services.runtime.folder import DataFolder, holder
from services.runtime.instance import NotRunning, Run, find_run
from services.runtime.program import Program, start

_POLL_SECONDS: Final = 0.05
_SECONDS_TO_END: Final = 9.5  # what `kizashi up` needs is less
_LAST_LINES: Final = 15
_ENVIRONMENT: Final = {"NO_COLOR": "1", "KIZASHI_ALERTS_PRIVATE_ADDRESSES": "true"}  # alerts are delivered to ourselves
_PROGRESS: Final = re.compile(r"\s*\d+\.\d s  ")  # how `kizashi up` marks a step

Say = Callable[[str], None]


class StartFailed(Exception):
    """It did not come up. `code` is its exit code; the message is what it said last."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


class InstanceEnded(Exception):
    """It ended, of itself or by somebody else's hand. The message has what it said last."""


class Started:
    """A `kizashi up` that we started, and what it says."""

    def __init__(self, folder: Path, say: Say) -> None:
        argv = (sys.executable, "-m", "services.cli", "up", "--data", str(folder), "--json")
        self._process = start(Program("up", argv, _ENVIRONMENT, orphan_signal=SIGTERM), subprocess.PIPE)
        self._untold: deque[str] = deque(maxlen=_LAST_LINES)
        self._say: Say | None = say
        self._reader = Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def await_ready(self, folder: DataFolder) -> None:
        """Return when it is ready. Raises StartFailed."""
        while not (folder.run_file.exists() and holder(folder) == self._process.pid):
            if not self.runs:
                self._reader.join(timeout=1.0)
                raise StartFailed(self._process.returncode, "\n".join(self._untold))
            time.sleep(_POLL_SECONDS)
        self._say = None  # from here on its lines are in its logs

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raises InstanceEnded if it has ended."""
        if not self.runs:
            msg = f"the instance ended (exit code {self._process.returncode}):\n" + "\n".join(self._untold)
            raise InstanceEnded(msg)

    def end(self) -> None:
        """Ask it to end, and return when it has."""
        self._process.send_signal(SIGTERM)
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, output: IO[bytes] | None) -> None:
        for line in output or ():
            text = line.decode(errors="replace").rstrip()
            if self._say is not None and _PROGRESS.match(text):
                self._say(text)
            else:  # a service's own words: of interest if something goes wrong
                self._untold.append(text)


class Shown(NamedTuple):
    """The instance, a check that it still runs (raises InstanceEnded), and whether the demo started it."""

    run: Run
    check: Callable[[], None]
    is_ours: bool


@contextmanager
def instance(path: Path, say: Say) -> Iterator[Shown]:
    """A ready instance in a folder; it is ended afterwards if it was started here."""
    try:
        run = find_run(path)
    except NotRunning:
        pass
    else:
        say(f"An instance already runs in {path}: it is used, and left running")
        yield Shown(run, lambda: None, is_ours=False)
        return
    started = Started(path, say)
    try:
        started.await_ready(DataFolder(path))
        yield Shown(find_run(path), started.check, is_ours=True)
    finally:
        ignore_interrupts()
        if started.runs:
            say("Ending what was started")
            started.end()
