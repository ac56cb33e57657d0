"""What became of accounts: when each churned, and until when it was watched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from schemas.time import Instant
from services.scoring.backtest.columns import Columns, batches, texts
from services.scoring.backtest.instants import instants
from services.scoring.backtest.refused import FileRefused

_CHURNED = "churned"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """`churned_at` of those who churned (the first time), `observed_until` where the file says it; `known`: all."""

    churned_at: Mapping[str, Instant]
    observed_until: Mapping[str, Instant]
    known: frozenset[str]
    label_kinds: tuple[str, ...] = ()

    @property
    def left_at(self) -> Mapping[str, Instant]:
        """When each account left the book, of those that did: it churned, or was watched no longer."""
        return {**self.observed_until, **self.churned_at}


def read_outcomes(path: Path, columns: Columns) -> Outcomes:
    """Outcomes from a file: `churned_at`, or `outcome` (only "churned" counts) with `occurred_at`.

    Raises FileRefused.
    """
    churned: dict[str, Instant] = {}
    observed: dict[str, Instant] = {}
    known: set[str] = set()
    kinds: set[str] = set()
    for row in _rows(path, columns):
        known.add(row.account_id)
        at = row.churned_at if row.churned_at is not None else row.occurred_at if row.outcome == _CHURNED else None
        if at is not None:
            churned[row.account_id] = min(at, churned.get(row.account_id, at))
        if row.observed_until is not None:
            observed[row.account_id] = row.observed_until
        if row.label_kind is not None:
            kinds.add(row.label_kind)
    if not known:
        raise FileRefused(path, "has no rows: it says what became of no account")
    return Outcomes(churned, observed, frozenset(known), tuple(sorted(kinds)))


class _Row(NamedTuple):
    account_id: str
    outcome: str | None
    label_kind: str | None
    churned_at: Instant | None
    occurred_at: Instant | None
    observed_until: Instant | None


def _rows(path: Path, columns: Columns) -> Iterator[_Row]:
    before = 0
    for batch in batches(path, columns):
        named = [texts(path, name, batch.column(name)) for name in _Row._fields[:3]]
        timed = [instants(path, name, batch.column(name), before) for name in _Row._fields[3:]]
        for number, row in enumerate(zip(*(column.to_pylist() for column in (*named, *timed)), strict=True), start=1):
            if row[0] is None:
                raise FileRefused(path, f"row {before + number}: account_id is empty: say whose row it is")
            yield _Row(*row)
        before += batch.num_rows
