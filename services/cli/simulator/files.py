"""Simulated history and the roster as files, in the columns that `kizashi import` reads."""

import csv
from collections.abc import Iterable
from pathlib import Path

from schemas.activity import FACT_FIELDS
from schemas.time import date_of, iso
from services.cli.simulation.account import Account, Happening

_EVENT_COLUMNS = ("account_id", "user_id", "event_name", "feature", "timestamp")


def write_history(path: Path, happenings: Iterable[Happening]) -> None:
    """One row for each happening. The same happenings are the same bytes, so that an import knows the file again."""
    rows = (
        (one.account_id, one.user_id, one.event_name, one.feature or "", iso(one.occurred_at)) for one in happenings
    )
    _write(path, _EVENT_COLUMNS, rows)


def write_roster(path: Path, accounts: Iterable[Account]) -> None:
    """One row for each account, with every fact of it."""
    _write(path, ("account_id", *FACT_FIELDS), map(_facts, accounts))


def _facts(account: Account) -> tuple[object, ...]:
    facts = {field: getattr(account, field) for field in FACT_FIELDS}
    facts["renewal_on"] = date_of(account.renewal_on)
    return (account.account_id, *facts.values())


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    draft.replace(path)
