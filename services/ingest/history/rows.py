"""Rows of a file, whatever its format: named values with a number, or a line that cannot be read and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `number` counts rows from 1, without the heading; `line` is where a person finds it in the file."""

    number: int
    line: int
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that could not be read as a row."""

    line: int
    why: str


class FileUnusable(Exception):
    """The file as a whole cannot be imported: the message says what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}")


class ColumnMissing(FileUnusable):
    """A column that is needed is not in the file."""

    def __init__(self, path: Path, field: str, column: str, found: list[str]) -> None:
        option = f"--{field.replace('_', '-')}-column"
        super().__init__(path, f"has no column {column!r}: name it with {option} (there are: {', '.join(found)})")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of the file holds which field. A column that is neither needed nor there says nothing."""

    names: Mapping[str, str]  # field -> column
    needed: frozenset[str]

    def found_in(self, path: Path, heading: list[str]) -> dict[str, str]:
        """The fields that this file holds, and their columns. Raises `ColumnMissing`."""
        for field in sorted(self.needed):
            if self.names[field] not in heading:
                raise ColumnMissing(path, field, self.names[field], heading)
        return {field: column for field, column in self.names.items() if column in heading}
