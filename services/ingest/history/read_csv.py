"""Rows of a CSV file: with a heading, in UTF-8 unless told, separated by commas, semicolons or tabs."""

import csv
from collections.abc import Iterator
from pathlib import Path

from services.ingest.history.rows import BadRow, Columns, FileUnusable, Row

_DELIMITERS = ",;\t"


def read_csv(path: Path, columns: Columns, encoding: str = "utf-8-sig") -> Iterator[Row | BadRow]:
    """Each row once, in the order of the file. Bytes that the encoding does not know reach the check of their field.

    A quotation mark that is not closed spoils the lines up to the next one: they are one bad row.
    """
    with path.open(newline="", encoding=encoding, errors="surrogateescape") as file:
        delimiter = max(_DELIMITERS, key=file.readline().count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        heading = [name.strip() for name in _first(path, reader) or ()]
        if not heading:
            raise FileUnusable(path, "is empty: its first line must name the columns")
        found = columns.found_in(path, heading)
        places = [(field, heading.index(column)) for field, column in found.items()]
        number = 0
        while True:
            begins = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                number += 1
                yield BadRow(begins, f"not CSV ({error})")
                continue
            if not cells:
                continue  # an empty line is no row
            number += 1
            if len(cells) != len(heading):
                yield BadRow(begins, f"{len(cells)} cells, and the heading has {len(heading)}")
            else:
                yield Row(number, begins, {field: cells[place] for field, place in places})


def _first(path: Path, reader: Iterator[list[str]]) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise FileUnusable(path, f"has a heading that is not CSV: {error}") from error
