"""The spool: records on the disk, in order, bounded.

SpoolFull   no more fits, or the disk is nearly full: nothing was kept
"""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from schemas.forgetting import Subject
from schemas.time import Instant
from services.ingest.outbox import Outgoing
from services.ingest.spool import queries
from services.ingest.spool.queries import Content, Spooled

_MARGIN_BYTES: Final = 1 << 20  # more than a request has: a spool that is not full takes the next one


class SpoolFull(Exception):
    """There is no room for more."""


class Spool:
    """One file, which nobody else writes to; used by one thread at a time.

    `append` returns once the records are on the disk (WAL, synchronous=FULL): a crash or a power cut at any moment
    leaves the transactions that were committed, whole and in order.
    """

    def __init__(self, file: Path, limit_bytes: int, floor_bytes: int) -> None:
        """Open or make it. Raises `sqlite3.DatabaseError` where it is damaged."""
        self._file = file
        self._limit = limit_bytes
        self._floor = floor_bytes
        self._connection = sqlite3.connect(file, check_same_thread=False)
        try:
            queries.make(self._connection)
            self.content: Content = queries.content(self._connection)
        except sqlite3.DatabaseError:
            self._connection.close()
            raise

    def append(self, records: Sequence[Outgoing], kept_at: Instant) -> int:
        """The id of the last of the records, all of which are on the disk now. Raises `SpoolFull`."""
        there = self.content
        size = sum(record.size for record in records)
        if there.bytes + size > self._limit:
            msg = f"the spool holds {there.bytes >> 20} of {self._limit >> 20} MiB"
            raise SpoolFull(msg)
        self._check_disk()
        try:
            queries.insert(self._connection, there.last_id + 1, records, kept_at)
        except sqlite3.OperationalError as refused:
            msg = f"the spool cannot be written to ({refused})"
            raise SpoolFull(msg) from refused
        self.content = Content(
            records=there.records + len(records),
            bytes=there.bytes + size,
            oldest_at=kept_at if there.oldest_at is None else there.oldest_at,
            last_id=there.last_id + len(records),
        )
        return self.content.last_id

    def head(self, most_records: int, most_bytes: int) -> list[Spooled]:
        """The oldest records, in order: at least one, if there is any."""
        found: list[Spooled] = []
        size = 0
        for one in queries.in_order(self._connection, most_records):
            size += one.record.size
            if found and size > most_bytes:
                break
            found.append(one)
        return found

    def drop(self, through: int) -> None:
        """Remove the records up to this id: they are in Kafka."""
        records, size = queries.delete_through(self._connection, through)
        there = self.content
        self.content = there._replace(
            records=there.records - records,
            bytes=there.bytes - size,
            oldest_at=queries.oldest_at(self._connection),
        )
        if self.is_empty:
            queries.shrink(self._connection)

    def forget(self, subject: Subject, kept_before: Instant) -> int:
        """Remove what names somebody and was kept until then, also from the file; how many records that were.

        Of dead letters, whose bytes are a sender's: those in which the id stands as a text.
        """
        gone = queries.delete_mentions(self._connection, subject, kept_before)
        self.content = queries.content(self._connection)._replace(last_id=self.content.last_id)
        queries.shrink(self._connection)
        return gone

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self.content.records == 0

    @property
    def is_full(self) -> bool:
        """Whether the next request may find no room."""
        return self.content.bytes + _MARGIN_BYTES > self._limit

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self._file.parent).free
        if free < self._floor:
            msg = f"the disk of the spool has {free >> 20} MiB free, and {self._floor >> 20} are left alone"
            raise SpoolFull(msg)
