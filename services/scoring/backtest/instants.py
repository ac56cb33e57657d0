"""Columns of times as milliseconds since 1970: whole columns at once, and a row that is wrong is named."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from schemas.time import Instant, parse_iso
from services.scoring.backtest.refused import FileRefused

_FIRST_MILLISECONDS = 100_000_000_000  # 1973 in milliseconds, the year 5138 in seconds: below it, seconds are meant
_UTC_MS = pa.timestamp("ms", tz="UTC")


def instants(path: Path, field: str, column: pa.Array, rows_before: int) -> pa.Array:
    """A column of ISO 8601 text, times, dates or milliseconds as int64; null stays null.

    Text without an offset is UTC. `rows_before`: rows of the file that came before, to name a row by its number.
    Raises FileRefused.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("ms")), pa.timestamp("ms")
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("ms", tz=kind.tz), safe=False).cast(pa.int64())
    if pa.types.is_integer(kind):
        return _milliseconds(path, field, column, rows_before)
    if pa.types.is_null(kind):
        return column.cast(pa.int64())
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise FileRefused(path, f"holds {kind} as {field}: write ISO 8601 text or milliseconds since 1970")
    return _texts(path, field, column.cast(pa.string()), rows_before)


def _texts(path: Path, field: str, column: pa.Array, rows_before: int) -> pa.Array:
    coded = pc.utf8_trim_whitespace(column).dictionary_encode()
    try:
        found = coded.dictionary.cast(pa.timestamp("us", tz="UTC")).cast(_UTC_MS, safe=False).cast(pa.int64())
    except pa.ArrowInvalid:  # a text without an offset, an empty one, or one that is wrong: each on its own
        found = pa.array([_instant(text) for text in coded.dictionary.to_pylist()], pa.int64())
    whole = found.take(coded.indices)
    wrong = pc.and_(pc.is_null(whole), pc.greater(pc.utf8_length(pc.fill_null(coded.cast(pa.string()), "")), 0))
    if pc.any(wrong).as_py():
        row = pc.index(wrong, True).as_py()
        value = column[row].as_py()
        raise FileRefused(
            path,
            f"row {rows_before + row + 1}: {field} {value!r} is no time: write ISO 8601, such as 2026-11-22T01:02:03Z",
        )
    return whole


def _instant(text: str) -> Instant | None:
    if text.isascii() and text.isdigit() and len(text) > 8:  # noqa: PLR2004 - 8 digits are a date, 20261122
        return int(text)
    try:
        return parse_iso(text)
    except ValueError:
        return None


def _milliseconds(path: Path, field: str, column: pa.Array, rows_before: int) -> pa.Array:
    whole = column.cast(pa.int64())
    seconds = pc.fill_null(pc.less(pc.abs(whole), _FIRST_MILLISECONDS), False)  # noqa: FBT003 - the value for null
    if pc.any(seconds).as_py():
        row = pc.index(seconds, True).as_py()
        raise FileRefused(
            path, f"row {rows_before + row + 1}: {field} {whole[row].as_py()} looks like seconds: write milliseconds"
        )
    return whole
