"""Puts the events of a file, in whatever order, into files of their own for groups of accounts.

So that an account's history can be read whole and in order of time, one group after another: memory holds a group,
never the file.
"""

from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.time import Instant
from services.scoring.backtest.columns import Columns, batches, texts
from services.scoring.backtest.instants import instants
from services.scoring.backtest.refused import FileRefused

BUCKETS = 32  # of the development sets' largest file, 140,000 events each: 20 MB, and work for any number of processes
_NAMES = ("account_id", "event_name", "user_id", "feature")
_SCHEMA = pa.schema([*((name, pa.string()) for name in _NAMES), ("at", pa.int64())])


@dataclass(frozen=True, slots=True)
class Spread:
    """A file's events by group of accounts. `accounts`: every id there is; the times are of the file's events."""

    files: tuple[Path, ...]
    accounts: frozenset[str]
    events: int
    first_at: Instant
    last_at: Instant


@dataclass(frozen=True, slots=True)
class Life:
    """All events of an account, the oldest first; events of one millisecond in the order of the file."""

    account_id: str
    at: list[Instant]
    event_names: list[str]
    users: list[str | None]
    features: list[str | None]


def spread(path: Path, columns: Columns, folder: Path, step: Callable[[int], None]) -> Spread:
    """Read a file once and write its groups into `folder`. `step` is told how many events were read.

    Raises FileRefused.
    """
    accounts: set[str] = set()
    rows, first, last = 0, None, None
    files = tuple(folder / f"{number}.arrow" for number in range(BUCKETS))
    with ExitStack() as stack:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        writers = [stack.enter_context(pa.ipc.new_stream(str(file), _SCHEMA, options=options)) for file in files]
        for batch in batches(path, columns):
            table = _checked(path, batch, rows)
            found = table.column("account_id").combine_chunks().dictionary_encode()
            ids = found.dictionary.to_pylist()
            accounts.update(ids)
            of_id = np.array([bucket_of(account_id) for account_id in ids], np.int64)
            bucket = of_id[found.indices.to_numpy()]
            table = table.take(pa.array(np.argsort(bucket, kind="stable")))
            ends = np.cumsum(np.bincount(bucket, minlength=BUCKETS))
            for number, (begin, end) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
                if end > begin:
                    writers[number].write_table(table.slice(begin, end - begin))
            rows += table.num_rows
            step(rows)
            span = pc.min_max(table.column("at"))
            first = span["min"].as_py() if first is None else min(first, span["min"].as_py())
            last = span["max"].as_py() if last is None else max(last, span["max"].as_py())
    if first is None or last is None:
        raise FileRefused(path, "has no rows: there is no history to live through")
    return Spread(files, frozenset(accounts), rows, first, last)


def bucket_of(account_id: str) -> int:
    """Which group an account belongs to."""
    return crc32(account_id.encode()) % BUCKETS


def lives(file: Path, wanted: Container[str] | None = None) -> Iterator[Life]:
    """The accounts of a group (or those of them that are wanted), each with all its events."""
    with pa.ipc.open_stream(str(file)) as reader:
        table = reader.read_all()
    if not table.num_rows:
        return
    columns = {name: table.column(name).combine_chunks().dictionary_encode() for name in _NAMES}
    words = {name: np.array([*column.dictionary.to_pylist(), None], object) for name, column in columns.items()}
    codes = {name: column.indices.fill_null(len(column.dictionary)).to_numpy() for name, column in columns.items()}
    at = table.column("at").to_numpy()
    order = np.lexsort((at, codes["account_id"]))
    account = codes["account_id"][order]
    at = at[order]
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(account)], strict=True):
        account_id = words["account_id"][account[begin]]
        if wanted is not None and account_id not in wanted:
            continue
        rows = order[begin:end]
        names, users, features = (words[name][codes[name][rows]].tolist() for name in _NAMES[1:])
        yield Life(account_id, at[begin:end].tolist(), names, users, features)


def _checked(path: Path, batch: pa.RecordBatch, rows_before: int) -> pa.Table:
    arrays = [texts(path, name, batch.column(name)) for name in _NAMES]
    at = instants(path, "timestamp", batch.column("timestamp"), rows_before)
    for field, array in (("account_id", arrays[0]), ("event_name", arrays[1]), ("timestamp", at)):
        if array.null_count:
            row = pc.index(array.is_null(), True).as_py()
            raise FileRefused(path, f"row {rows_before + row + 1}: {field} is empty")
    return pa.Table.from_arrays([*arrays, at], schema=_SCHEMA)
