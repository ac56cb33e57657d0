"""A file of rows as Arrow batches, by the ending of its name: CSV, JSON lines or Parquet, never whole in memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pq

from services.scoring.backtest.refused import FileRefused

_BATCH_ROWS = 262_144  # 30 MB of text columns
_BLOCK_BYTES = 16 << 20  # of CSV and JSON at a time: longer than any line
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file holds which field: `needed` ones must be there, `optional` ones may be."""

    needed: Mapping[str, str]
    optional: Mapping[str, str]

    def found_in(self, path: Path, names: list[str]) -> dict[str, str]:
        """The fields that the file holds, and their columns. Raises FileRefused."""
        for field, column in self.needed.items():
            if column not in names:
                option = f"--{field.replace('_', '-')}-column"
                raise FileRefused(
                    path, f"has no column {column!r}: name it with {option} (there are: {', '.join(names)})"
                )
        return {f: column for f, column in {**self.needed, **self.optional}.items() if column in names}


def batches(path: Path, columns: Columns) -> Iterator[pa.RecordBatch]:
    """The rows of a file, its columns renamed to their fields; what is optional and not there is null."""
    with _readable(path):
        match path.suffix.lower():
            case ".parquet":
                found = _parquet(path, columns)
            case ".csv" | ".tsv" | ".txt":
                found = _csv(path, columns)
            case ".jsonl" | ".ndjson" | ".json":
                found = _json(path, columns)
            case ending:
                raise FileRefused(path, f"ends in {ending!r}: .csv, .tsv, .jsonl, .ndjson and .parquet can be read")
        for batch, names in found:
            fields = [*columns.needed, *columns.optional]
            arrays = [batch.column(names[f]) if f in names else pa.nulls(batch.num_rows, pa.string()) for f in fields]
            yield pa.RecordBatch.from_arrays(arrays, fields)


def texts(path: Path, field: str, column: pa.Array) -> pa.Array:
    """A column of ids or names as trimmed text; nothing but white space is null. Raises FileRefused."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        column = column.cast(pa.string())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise FileRefused(path, f"holds {kind} as {field}: write it as text or whole numbers")
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    trimmed = pc.utf8_trim_whitespace(coded.dictionary.cast(pa.string()))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed).take(coded.indices)


_Found = Iterator[tuple[pa.RecordBatch, dict[str, str]]]


def _parquet(path: Path, columns: Columns) -> _Found:
    with pq.ParquetFile(path) as file:
        names = columns.found_in(path, file.schema_arrow.names)
        for batch in file.iter_batches(_BATCH_ROWS, columns=list(names.values())):
            yield batch, names


def _csv(path: Path, columns: Columns) -> _Found:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        heading = file.readline()
    if not heading.strip():
        raise FileRefused(path, "is empty: its first line must name the columns")
    delimiter = max(_DELIMITERS, key=heading.count)
    parse = pc_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    reading = pc_csv.ReadOptions(block_size=_BLOCK_BYTES)
    all_names = pc_csv.open_csv(path, parse_options=parse, read_options=reading).schema.names
    names = columns.found_in(path, all_names)
    as_text = pc_csv.ConvertOptions(
        column_types=dict.fromkeys(names.values(), pa.string()), include_columns=list(names.values())
    )
    with pc_csv.open_csv(path, parse_options=parse, read_options=reading, convert_options=as_text) as reader:
        for batch in reader:
            yield batch, names


def _json(path: Path, columns: Columns) -> _Found:
    with pa_json.open_json(path, read_options=pa_json.ReadOptions(block_size=_BLOCK_BYTES)) as reader:
        names = columns.found_in(path, reader.schema.names)
        for batch in reader:
            yield batch, names


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, UnicodeDecodeError) as error:
        raise FileRefused(path, f"cannot be read: {error}") from error
