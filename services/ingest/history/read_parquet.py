"""Rows of a Parquet file, read in batches, so that the file need not fit in memory."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from services.ingest.history.rows import BadRow, Columns, FileUnusable, Row, Value

_BATCH_ROWS = 65_536  # a few megabytes as Python values


def read_parquet(path: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Each row once, in the order of the file. Times without a zone are UTC; finer than milliseconds is cut off."""
    try:
        with pq.ParquetFile(path) as file:
            found = columns.found_in(path, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(_BATCH_ROWS, columns=list(found.values())):
                values = [_values(path, column, batch.column(column)) for column in found.values()]
                for cells in zip(*values, strict=True):
                    number += 1
                    yield Row(number, number, dict(zip(found, cells, strict=True)))
    except (pa.ArrowInvalid, OSError) as error:
        raise FileUnusable(path, f"cannot be read as Parquet: {error}") from error


def _values(path: Path, column: str, array: pa.Array) -> list[Value]:
    """A column as Python values: text, whole numbers, or milliseconds since 1970 where it holds times."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if pa.types.is_date(kind):
        array = array.cast(pa.timestamp("ms"))
        kind = array.type
    if pa.types.is_timestamp(kind):
        array = array.cast(pa.timestamp("ms", tz=kind.tz), safe=False).cast(pa.int64())
    elif not _is_plain(kind):
        raise FileUnusable(path, f"holds {kind} in column {column!r}: write it as text, whole numbers or times")
    values: list[Value] = array.to_pylist()
    return values


def _is_plain(kind: pa.DataType) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_null)
    )
