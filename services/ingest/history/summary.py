"""What an import did, as it happens and in the end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.time import Instant
from services.ingest.history.kinds import Kind


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A line of a file that was left out, and why."""

    path: Path
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who hears of progress: lines left out, rows done (of how many, if known), what to know beforehand."""

    refused: Callable[[RefusedRow], None]
    step: Callable[[str, int, int | None], None]
    warning: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did. `found_there`: rows that the log had already; `silent`: rows that say nothing."""

    path: Path
    file: str
    kind: Kind
    rows: int
    refused: int
    silent: int
    written: int
    found_there: int
    first: Instant | None
    last: Instant | None
