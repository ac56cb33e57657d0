"""Finds the spool of this process in a folder, and mends one that is damaged.

SpoolUnusable   the folder cannot be written to
"""

import fcntl
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from os import SEEK_END
from pathlib import Path
from typing import IO, Final

from services.ingest.metrics import SPOOLS_DAMAGED
from services.ingest.spool import queries
from services.ingest.spool.queries import Spooled
from services.ingest.spool.spool import Spool

_logger = logging.getLogger(__name__)
_HEADER_BYTES: Final = 100  # of a database: https://www.sqlite.org/fileformat.html


class SpoolUnusable(Exception):
    """The folder cannot be used."""


@contextmanager
def open_spool(folder: Path, limit_bytes: int, floor_bytes: int) -> Iterator[Spool]:
    """The first spool of the folder that no other process holds, for as long as the body runs. Raises `SpoolUnusable`.

    A process that is started again so finds what its predecessor left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock, file = _hold_one(folder)
    except OSError as refused:
        msg = f"{folder} cannot be used to keep events when Kafka is away: {refused.strerror}. See KIZASHI_DATA."
        raise SpoolUnusable(msg) from refused
    with lock, closing(_opened(file, limit_bytes, floor_bytes)) as spool:
        yield spool


def _hold_one(folder: Path) -> tuple[IO[str], Path]:
    """The kernel lets go of the lock when we die, however we die."""
    for number in count():
        lock = (folder / f"{number}.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            return lock, folder / f"{number}.sqlite"
    raise AssertionError  # there is always another number


def _opened(file: Path, limit_bytes: int, floor_bytes: int) -> Spool:
    """The spool in a file. One that is damaged is set aside, and what can be read of it goes into a new one."""
    try:
        return Spool(file, limit_bytes, floor_bytes)
    except sqlite3.DatabaseError as damage:
        SPOOLS_DAMAGED.inc()
        aside = _set_aside(file)
        spool = Spool(file, limit_bytes, floor_bytes)
        for one in _readable(aside):
            spool.append([one.record], one.kept_at)
        saved = {"set_aside": str(aside), "saved_records": spool.content.records}
        _logger.exception("spool damaged", exc_info=damage, extra=saved)
        return spool


def _set_aside(file: Path) -> Path:
    aside = next(path for number in count() if not (path := file.with_name(f"{file.stem}-damaged-{number}")).exists())
    for suffix in ("-wal", "-shm"):
        beside = file.with_name(file.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return file.rename(aside)


def _readable(file: Path) -> Iterator[Spooled]:
    """The records before the damage. SQLite reads nothing of a file shorter than it says: it is made longer."""
    with file.open("r+b") as cut:
        header = cut.read(_HEADER_BYTES)
        size = int.from_bytes(header[16:18], "big") * int.from_bytes(header[28:32], "big")  # of a page, in pages
        if header.startswith(b"SQLite format 3\0") and size > cut.seek(0, SEEK_END):
            cut.truncate(size)
    with closing(sqlite3.connect(file)) as connection:
        try:
            yield from queries.in_order(connection)
        except sqlite3.DatabaseError:
            return
