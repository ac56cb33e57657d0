"""A program to run as a child process, and how to start it so that it never outlives us unnoticed."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, as whom, and how to ask it to end."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)  # added to ours
    folder: Path | None = None  # where it works; None: where we do
    user: str | None = None  # None: as ourselves
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL  # what it gets should we die without a word


def start(program: Program, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output and errors going to `output`.

    A session of its own: Ctrl-C in the terminal reaches us, and we decide who ends when. Must be called
    from the main thread, since the kernel's death signal belongs to the thread that forked.
    """
    return subprocess.Popen(
        program.argv,
        env={**os.environ, **program.environment},
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=program.user,
        group=program.user,
        extra_groups=None if program.user is None else [],
        preexec_fn=_tie_to(os.getpid(), program.orphan_signal),  # noqa: PLW1509 - before any thread takes a lock it needs
    )


def _tie_to(parent: int, orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """Have the kernel send `orphan_signal` to the child when its parent dies (Linux only)."""
    if sys.platform != "linux":
        return None

    def tie() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), orphan_signal)

    return tie


def stop(process: subprocess.Popen[bytes], program: Program, seconds: float) -> None:
    """Ask a program to end; after `seconds`, make it."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
