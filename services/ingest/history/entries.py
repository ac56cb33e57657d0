"""What a file writes to the log, row by row, in the order of writing."""

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from schemas.activity import OfAccount
from schemas.time import Instant
from services.ingest.core.history import Place
from services.ingest.core.verdict import Happening
from services.ingest.history.timeline import Timeline


class Entry(NamedTuple):
    """A row as it goes into the log: its rank among the file's rows, and its record, made when it is asked for."""

    rank: int
    occurred_at: Instant
    account_id: str
    record: Callable[[], OfAccount]


class Entries(Sized, Protocol):
    """The entries of a file: each iteration gives the same ones, in ascending rank."""

    def __iter__(self) -> Iterator[Entry]: ...

    def times(self) -> Iterable[Instant]:
        """When each of them occurred, in any order."""


@dataclass(frozen=True, slots=True)
class EventEntries:
    """The events of a file, in order of time; `as_record` makes them backfill, or life."""

    timeline: Timeline
    file: str
    as_record: Callable[[Happening, Place], OfAccount]

    def __len__(self) -> int:
        return len(self.timeline)

    def times(self) -> Iterable[Instant]:
        return self.timeline.instants

    def __iter__(self) -> Iterator[Entry]:
        for place, happening in self.timeline.in_order(self.file):
            record = partial(self.as_record, happening, place)
            yield Entry(place.rank, happening.occurred_at, happening.account_id, record)
