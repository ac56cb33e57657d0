"""Rows of a file of JSON lines: one object on each line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from services.ingest.history.rows import BadRow, Columns, Row, Value

_decoder = msgspec.json.Decoder(dict[str, Any])
_SIMPLE = (str, int, float, type(None))


def read_json_lines(path: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Each row once, in the order of the file. Empty lines are no rows; a field that a row lacks is empty there."""
    number = 0
    with path.open("rb") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            number += 1
            try:
                found = _decoder.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield BadRow(line, f"not a JSON object ({error})")
                continue
            yield _row(number, line, found, columns)


def _row(number: int, line: int, found: dict[str, Any], columns: Columns) -> Row | BadRow:
    values: dict[str, Value] = {}
    for field, column in columns.names.items():
        value = found.get(column)
        if isinstance(value, bool) or not isinstance(value, _SIMPLE):
            return BadRow(line, f"{column} holds neither text nor a number")
        values[field] = value
    return Row(number, line, values)
