"""Keeps programs running: starts them, waits until they are ready, restarts what crashed, ends them all.

ServiceFailed   one does not start, however often it is tried
"""

import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from services.runtime.log_file import LogFile
from services.runtime.program import Program, start

_POLL_SECONDS: Final = 0.1
_FIRST_PAUSE_SECONDS: Final = 0.2  # before a crashed program is started again; doubles with each crash in a row
_LONGEST_PAUSE_SECONDS: Final = 30.0  # of a loop that may end by itself: somebody else mends what it needs
_STEADY_SECONDS: Final = 60.0  # who ran so long starts with the first pause again
_FAILURES: Final = 5  # crashes in a row before it was ever ready: it will not get better
_LAST_LINES: Final = 20

Say = Callable[[str, str], None]  # (service, what it said, or what became of it)


class ServiceFailed(Exception):
    """A program crashes again and again, or does not become ready."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program and what is expected of it."""

    program: Program
    is_ready: Callable[[int], bool]  # of this very process: somebody else may answer in its place
    ready_seconds: float = 60.0
    hopeless: frozenset[int] = frozenset()  # exit codes after which another try would end the same
    hopeless_at_first: frozenset[int] = frozenset()  # the same, until it has been ready once
    before_start: Callable[[], object] = lambda: None  # what a crash left behind is cleared away here


class Supervised:
    """One service, its current process and its past crashes."""

    def __init__(self, service: Service, log: Path, line: Say, event: Say) -> None:
        self.service = service
        self.is_ready = False
        self._was_ready = False
        self._log = LogFile(log)
        self._line = line
        self._event = event
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._crashes = 0  # in a row
        self._next_start = 0.0
        self._begin()

    @property
    def pid(self) -> int:
        """The process that runs now, or ran last."""
        return self._process.pid

    def step(self) -> bool:
        """Look after the process once; whether it was started anew. Raises ServiceFailed."""
        if self._process.poll() is None:
            if not self.is_ready and self.service.is_ready(self.pid):
                self.is_ready = self._was_ready = True
            return False
        if self._next_start == 0.0:
            self._note_crash()
        if time.monotonic() < self._next_start:
            return False
        self._begin()
        return True

    def ask_to_end(self) -> None:
        """Send the program its stop signal."""
        if self._process.poll() is None:
            self._process.send_signal(self.service.program.stop_signal)

    def await_end(self, deadline: float) -> None:
        """Return when it has ended: by itself until `deadline`, by SIGKILL then."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._event(self.service.program.name, "does not end: killed")
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=1.0)
        if not self._reader.is_alive():  # else a grandchild holds the pipe open, and may still say something
            self._log.close()

    def complaint(self, what: str) -> str:
        """What happened, with the last lines it said."""
        lines = "\n".join(f"    {line}" for line in self._last_lines) or "    (it said nothing)"
        return f"{self.service.program.name} {what}. Its last lines:\n{lines}"

    def _begin(self) -> None:
        self.service.before_start()
        self._process = start(self.service.program, subprocess.PIPE)
        self._began = time.monotonic()
        self._next_start = 0.0
        self.is_ready = False
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as output:
            for line in output:
                self._log.write(line)
                text = line.decode(errors="replace").rstrip("\n")
                self._last_lines.append(text)
                self._line(self.service.program.name, text)

    def _note_crash(self) -> None:
        now = time.monotonic()
        self._crashes = 1 if now - self._began >= _STEADY_SECONDS else self._crashes + 1
        self._reader.join(timeout=1.0)  # so that its last lines are all there
        code = self._process.returncode
        service = self.service
        if code in service.hopeless or (code in service.hopeless_at_first and not self._was_ready):
            raise ServiceFailed(self.complaint(f"cannot run (exit code {code})"))
        if not self._was_ready and self._crashes >= _FAILURES:
            raise ServiceFailed(self.complaint(f"ended {self._crashes} times while starting (exit code {code})"))
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (self._crashes - 1), _LONGEST_PAUSE_SECONDS)
        in_a_row = f", {self._crashes} times in a row" if self._crashes > 1 else ""
        self._event(service.program.name, f"ended (exit code {code}{in_a_row}), starting it again in {pause:g} s")
        self._next_start = now + pause


class Supervisor:
    """Several services, in the order in which they were started."""

    def __init__(self, logs: Path, line: Say, event: Say) -> None:
        self._logs = logs
        self._line = line
        self._event = event
        self._supervised: list[Supervised] = []

    def start(self, services: Iterable[Service]) -> None:
        """Start services side by side. Does not wait."""
        for service in services:
            log = self._logs / f"{service.program.name}.log"
            self._supervised.append(Supervised(service, log, self._line, self._event))

    def await_ready(self, report: Callable[[str], None]) -> None:
        """Return when everything started is ready; `report` gets each name as it is. Raises ServiceFailed."""
        began = time.monotonic()
        waiting = [one for one in self._supervised if not one.is_ready]
        while waiting:
            for one in waiting:
                one.step()
                if one.is_ready:
                    report(one.service.program.name)
                elif time.monotonic() - began > one.service.ready_seconds:
                    raise ServiceFailed(one.complaint(f"was not ready after {one.service.ready_seconds:g} s"))
            waiting = [one for one in waiting if not one.is_ready]
            time.sleep(_POLL_SECONDS)

    def watch(self, changed: Callable[[Mapping[str, int]], None]) -> NoReturn:
        """Restart whatever crashes, for ever; `changed` is told the new process numbers."""
        while True:
            restarted = [one for one in self._supervised if one.step()]
            if restarted:
                changed(self.pids)
            time.sleep(_POLL_SECONDS)

    @property
    def pids(self) -> dict[str, int]:
        """The process number of each service."""
        return {one.service.program.name: one.pid for one in self._supervised}

    def stop(self, stages: Sequence[tuple[frozenset[str], float]]) -> None:
        """End the named services stage by stage, each side by side and within its seconds; then whatever is left."""
        for names, seconds in stages:
            self._end([one for one in self._supervised if one.service.program.name in names], seconds)
        self._end(self._supervised, 0.0)

    def _end(self, supervised: list[Supervised], seconds: float) -> None:
        ending = list(reversed(supervised))
        for one in ending:
            one.ask_to_end()
        deadline = time.monotonic() + seconds
        for one in ending:
            one.await_end(deadline)
        self._supervised = [one for one in self._supervised if one not in ending]
