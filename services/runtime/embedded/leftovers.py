"""Servers that outlived the process that started them: found, and ended before a new one starts.

Whoever calls this holds the lock of the data folder, so a server that still runs on it belongs to nobody.
"""

from collections.abc import Callable
from contextlib import suppress

import psutil

_SECONDS_TO_END = 10.0  # Kafka takes half a second, PostgreSQL writes a checkpoint


def end_leftovers(is_ours: Callable[[psutil.Process], bool]) -> None:
    """End every process that `is_ours`, and wait until it has gone.

    Processes are looked at for what they are; a number in a file may be somebody else's by now.
    """
    leftovers = [process for process in psutil.process_iter() if _is(process, is_ours)]
    for process in leftovers:
        _send(process.terminate)
    _, stubborn = psutil.wait_procs(leftovers, _SECONDS_TO_END)
    for process in stubborn:
        _send(process.kill)
    psutil.wait_procs(stubborn, _SECONDS_TO_END)


def _is(process: psutil.Process, is_ours: Callable[[psutil.Process], bool]) -> bool:
    try:
        return is_ours(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # gone meanwhile, or somebody else's
        return False


def _send(signal: Callable[[], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        signal()
