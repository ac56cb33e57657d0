"""The rows of a file, checked: entries for the log, and what was left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from schemas.activity import OfAccount
from schemas.events import ProducerEvent
from schemas.time import Instant, instant_of, moment_of
from services.ingest.core.admit import check
from services.ingest.core.history import backfill, lived
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.core.roster import account_row, contact_row, outcome_row
from services.ingest.core.verdict import Refused
from services.ingest.history.entries import Entries, Entry, EventEntries
from services.ingest.history.kinds import Kind
from services.ingest.history.rows import BadRow, Row
from services.ingest.history.summary import RefusedRow, Reporter
from services.ingest.history.timeline import Timeline
from services.runtime.settings import Clock

_STEP = 5_000  # rows between two signs of progress


@dataclass(slots=True)
class Collected:
    """What a file holds: entries in the order of writing, and how many rows became none."""

    entries: Entries
    rows: int = 0
    refused: int = 0
    silent: int = 0

    @property
    def first(self) -> Instant | None:
        """The earliest time of an entry."""
        return min(self.entries.times(), default=None)

    @property
    def last(self) -> Instant | None:
        """The latest time of an entry."""
        return max(self.entries.times(), default=None)


@dataclass(slots=True)
class _Sheet:
    """Rows few enough to be kept as records."""

    records: list[Entry] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.records)

    def times(self) -> Iterator[Instant]:
        return (entry.occurred_at for entry in self.records)


@dataclass(frozen=True, slots=True)
class Collector:
    """Reads one file. `at` is when its rows are received: now, or where the log's own clock stands."""

    path: Path
    file: str
    clock: Clock
    at: Instant
    reporter: Reporter
    privacy: Privacy = EVERYTHING

    def events(self, rows: Iterator[Row | BadRow]) -> Collected:
        """A file of events, put in order of time."""
        timeline = Timeline()
        as_record = lived if self.clock is Clock.LOG else partial(backfill, received_at=moment_of(self.at))
        collected = Collected(EventEntries(timeline, self.file, as_record))
        for row in self._good(rows, collected):
            if row.values.get("timestamp") is None:  # here it does not mean now
                self._refuse(collected, row.line, "timestamp is missing: say when it happened")
                continue
            found = check(ProducerEvent(**row.values), self.at, privacy=self.privacy)  # type: ignore[arg-type] # `check` looks
            if isinstance(found, Refused):
                self._refuse(collected, row.line, found.detail)
            else:
                timeline.add(row.number, found)
        return collected

    def sheet(self, rows: Iterator[Row | BadRow], kind: Kind) -> Collected:
        """A sheet of accounts, outcomes or contacts, in the order of its rows."""
        sheet = _Sheet()
        collected = Collected(sheet)
        as_record = _SHEETS[kind]
        for row in self._good(rows, collected):
            found = as_record(row.values, self.at)
            if found is None:
                collected.silent += 1
            elif isinstance(found, Refused):
                self._refuse(collected, row.line, found.detail)
            else:
                record = partial(_same, found)
                sheet.records.append(Entry(row.number, instant_of(found.occurred_at), found.account_id, record))
        return collected

    def _good(self, rows: Iterator[Row | BadRow], collected: Collected) -> Iterator[Row]:
        for row in rows:
            collected.rows += 1
            if collected.rows % _STEP == 0:
                self.reporter.step("reading", collected.rows, None)
            if isinstance(row, BadRow):
                self._refuse(collected, row.line, row.why)
            else:
                yield row

    def _refuse(self, collected: Collected, line: int, why: str) -> None:
        collected.refused += 1
        self.reporter.refused(RefusedRow(self.path, line, why))


def _same(record: OfAccount) -> OfAccount:
    return record


_SHEETS: dict[Kind, Callable[..., OfAccount | Refused | None]] = {
    Kind.ACCOUNTS: account_row,
    Kind.OUTCOMES: outcome_row,
    Kind.CONTACTS: contact_row,
}
