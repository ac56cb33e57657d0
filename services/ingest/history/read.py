"""A history file as rows, by the ending of its name."""

from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from services.ingest.history.read_csv import read_csv
from services.ingest.history.read_json import read_json_lines
from services.ingest.history.read_parquet import read_parquet
from services.ingest.history.rows import BadRow, Columns, FileUnusable, Row


def read(path: Path, columns: Columns, encoding: str = "utf-8-sig") -> Iterator[Row | BadRow]:
    """The rows of a file. Raises `FileUnusable`."""
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return read_csv(path, columns, encoding)
        case ".jsonl" | ".ndjson" | ".json":
            return read_json_lines(path, columns)
        case ".parquet":
            return read_parquet(path, columns)
        case ending:
            raise FileUnusable(path, f"ends in {ending!r}: .csv, .tsv, .jsonl, .ndjson and .parquet can be read")


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal: the same wherever it lies. Raises `FileUnusable`."""
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileUnusable(path, f"cannot be read: {error.strerror}") from error
