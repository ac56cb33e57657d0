"""All SQL of the spool: one table in SQLite, read and deleted in the order of its ids."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from schemas.codec import pack, unpack
from schemas.forgetting import Subject
from schemas.time import Instant
from schemas.topics import DEAD_LETTERS
from services.ingest.outbox import Outgoing

_PRAGMAS: Final = (
    "PRAGMA auto_vacuum=INCREMENTAL",  # before the first table: pages that are free go back to the disk
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # each commit is flushed to the disk before it returns
    "PRAGMA secure_delete=ON",  # what is forgotten is overwritten
)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS records (
        id INTEGER PRIMARY KEY,  -- the order in which they came
        topic TEXT NOT NULL,
        key BLOB,
        value BLOB NOT NULL,
        headers BLOB NOT NULL,
        bytes INTEGER NOT NULL,
        kept_at INTEGER NOT NULL
    )
"""
_INSERT: Final = "INSERT INTO records (id, topic, key, value, headers, bytes, kept_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
_IN_ORDER: Final = "SELECT id, topic, key, value, headers, kept_at FROM records ORDER BY id LIMIT ?"
_DELETE_MENTIONS: Final = """
    DELETE FROM records
    WHERE kept_at <= :kept_before AND (
        instr(value, :member) > 0
        OR topic = :letters AND (key = :key OR instr(value, :raw) > 0 OR instr(value, :escaped) > 0)
    )
"""


class Spooled(NamedTuple):
    """A record in the spool."""

    id: int
    record: Outgoing
    kept_at: Instant


class Content(NamedTuple):
    """What is in a spool."""

    records: int
    bytes: int
    oldest_at: Instant | None
    last_id: int


def make(connection: sqlite3.Connection) -> None:
    """Make the table if there is none; what is committed from now on is on the disk."""
    for statement in (*_PRAGMAS, _TABLE):
        connection.execute(statement).fetchall()


def insert(connection: sqlite3.Connection, first_id: int, records: Sequence[Outgoing], kept_at: Instant) -> None:
    """Put records behind all others; all of them, or none."""
    rows = (
        (number, record.topic, record.key, record.value, pack(tuple(record.headers)), record.size, kept_at)
        for number, record in enumerate(records, start=first_id)
    )
    with connection:
        connection.executemany(_INSERT, rows)


def in_order(connection: sqlite3.Connection, limit: int = -1) -> Iterator[Spooled]:
    """The records, the oldest first; at most so many."""
    with closing(connection.execute(_IN_ORDER, (limit,))) as rows:
        for number, topic, key, value, headers, kept_at in rows:
            yield Spooled(
                number, Outgoing(topic, key, value, [(name, text) for name, text in unpack(headers)]), kept_at
            )


def delete_through(connection: sqlite3.Connection, last_id: int) -> tuple[int, int]:
    """Remove the records up to an id; how many they were, and of how many bytes."""
    gone = connection.execute(
        "SELECT count(*), coalesce(sum(bytes), 0) FROM records WHERE id <= ?", (last_id,)
    ).fetchone()
    with connection:
        connection.execute("DELETE FROM records WHERE id <= ?", (last_id,))
    return int(gone[0]), int(gone[1])


def oldest_at(connection: sqlite3.Connection) -> Instant | None:
    """Since when the oldest record waits."""
    found = connection.execute("SELECT kept_at FROM records ORDER BY id LIMIT 1").fetchone()
    return None if found is None else int(found[0])


def delete_mentions(connection: sqlite3.Connection, subject: Subject, kept_before: Instant) -> int:
    """Remove what names somebody and was kept until then; how many records that were."""
    raw, escaped = subject.as_text
    given = {
        "kept_before": kept_before,
        "member": subject.as_member,
        "letters": DEAD_LETTERS.name,
        "key": subject.id.encode(),
        "raw": raw,
        "escaped": escaped,
    }
    with connection:
        return connection.execute(_DELETE_MENTIONS, given).rowcount


def content(connection: sqlite3.Connection) -> Content:
    """What there is."""
    totals = "SELECT count(*), coalesce(sum(bytes), 0), min(kept_at), coalesce(max(id), 0) FROM records"
    records, size, oldest_at, last_id = connection.execute(totals).fetchone()
    return Content(records, size, oldest_at, last_id)


def shrink(connection: sqlite3.Connection) -> None:
    """Give free pages back to the disk, and empty the WAL, in which deleted records would live on."""
    connection.executescript("PRAGMA incremental_vacuum")  # execute would take one step, of one page
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
