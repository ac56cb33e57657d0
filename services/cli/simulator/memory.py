"""What the simulator remembers between two runs, in `DIR/simulation/state.json`: its world, and how far it lived.

MemoryUnreadable   the file is not one of ours, or of another version
MemoryInUse        another simulator lives here: two would send everything twice
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from schemas.time import Instant

FOLDER = "simulation"
_FILE = "state.json"
_LOCK = "lock"


class Memory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A world is drawn again from `seed`, `accounts` and `starts`; everything before `lived_until` is in the log.

    `reaching` is where a step of history that was begun ends: whoever finds it begins the same step again.
    """

    seed: int
    accounts: int
    starts: Instant
    lived_until: Instant
    reaching: Instant | None = None
    has_roster: bool = False


class MemoryUnreadable(Exception):
    """The file is not one of ours, or of another version."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read ({why}): remove it to begin a new simulation")


class MemoryInUse(Exception):
    """Another process simulates with it."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """In the body nobody else simulates here; the kernel lets go however we end. Raises MemoryInUse."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            msg = f"a simulation already runs in {folder}: end that one, or give this one another --data"
            raise MemoryInUse(msg) from taken
        yield


def recall(folder: Path) -> Memory | None:
    """What is remembered in `folder`; None in a new one. Raises MemoryUnreadable."""
    path = folder / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as wrong:
        raise MemoryUnreadable(path, str(wrong)) from wrong


def remember(folder: Path, memory: Memory) -> None:
    """Replace what is remembered, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{_FILE}.new"
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(memory)))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _FILE)
