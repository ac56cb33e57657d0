"""Rows of the sheets a customer-success team has: accounts, outcomes, contacts, as records of the log."""

import re
from collections.abc import Mapping
from typing import TypeVar

from schemas.activity import FACT_FIELDS, AccountFacts, Authority, Because, Contact, ContactKind, Outcome, OutcomeKind
from schemas.codec import Unreadable
from schemas.dead_letters import DeadLetterReason
from schemas.facts import account_facts, facts_from
from schemas.text import note_flaw
from schemas.time import Instant, moment_of
from services.ingest.core.fields import instant, optional_text
from services.ingest.core.verdict import Refused, Unusable

Kind = TypeVar("Kind", ContactKind, OutcomeKind, Because)
Cells = Mapping[str, str | int | float | None]

_AMOUNT = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d{1,2}))?")


def account_row(cells: Cells, at: Instant) -> AccountFacts | Refused:
    """A row of the roster; an empty cell says nothing. `arr` is in whole units of currency, `arr_cents` in hundredths.

    >>> account_row({"account_id": "acme", "plan": "", "arr": "1,200.5"}, 0).arr_cents
    120050
    """
    try:
        account_id = _account_id(cells)
        fields = {field: text for field in FACT_FIELDS if (text := optional_text(field, cells.get(field)))}
        arr = optional_text("arr", cells.get("arr"))
        if arr and "arr_cents" not in fields:
            fields["arr_cents"] = str(_cents(arr))
        stated = facts_from(fields)
    except Unusable as unusable:
        return unusable.refusal
    except Unreadable as unreadable:
        return Refused(DeadLetterReason.INVALID, str(unreadable))
    return account_facts(account_id, stated, occurred_at=at, received_at=at, authority=Authority.OPERATE)


def outcome_row(cells: Cells, received_at: Instant) -> Outcome | Refused | None:
    """A row of outcomes; None where it says that nothing has come of the account yet.

    `churned_at` alone means churned; `label_kind`, how the outcome was established, serves as the reason.
    """
    try:
        account_id = _account_id(cells)
        told = optional_text("outcome", cells.get("outcome"))
        churned_at = optional_text("churned_at", cells.get("churned_at"))
        when = optional_text("occurred_at", cells.get("occurred_at")) or churned_at
        because = optional_text("because", cells.get("because"))
        if told is None and churned_at is None:
            return None
        if when is None:
            return Refused(DeadLetterReason.INVALID, "occurred_at is missing: say when it was decided")
        return Outcome(
            account_id=account_id,
            occurred_at=moment_of(instant("occurred_at", when)),
            received_at=moment_of(received_at),
            outcome=_one_of(OutcomeKind, "outcome", told or "churned"),
            reason=_note("reason", cells.get("reason") or cells.get("label_kind")),
            author=optional_text("author", cells.get("author")),
            because=None if because is None else _one_of(Because, "because", because),
        )
    except Unusable as unusable:
        return unusable.refusal


def contact_row(cells: Cells, received_at: Instant) -> Contact | Refused:
    """A row of contacts."""
    try:
        when = optional_text("occurred_at", cells.get("occurred_at"))
        if when is None:
            return Refused(DeadLetterReason.INVALID, "occurred_at is missing: say when you spoke")
        return Contact(
            account_id=_account_id(cells),
            occurred_at=moment_of(instant("occurred_at", when)),
            received_at=moment_of(received_at),
            kind=_one_of(ContactKind, "kind", optional_text("kind", cells.get("kind")) or "note"),
            author=optional_text("author", cells.get("author")),
            note=_note("note", cells.get("note")),
        )
    except Unusable as unusable:
        return unusable.refusal


def _account_id(cells: Cells) -> str:
    account_id = optional_text("account_id", cells.get("account_id"))
    if account_id is None:
        raise Unusable(DeadLetterReason.INVALID, "account_id is empty: say whose row it is")
    return account_id


def _note(field: str, value: str | float | None) -> str | None:
    note = "" if value is None else str(value).strip()
    wrong = note_flaw(note)
    if wrong:
        raise Unusable(DeadLetterReason.INVALID, f"{field} {wrong}")
    return note or None


def _one_of(kinds: type[Kind], field: str, told: str) -> Kind:
    try:
        return kinds(told.lower())
    except ValueError:
        raise Unusable(DeadLetterReason.INVALID, f"{field} is {told!r}: send one of {', '.join(kinds)}") from None


def _cents(arr: str) -> int:
    found = _AMOUNT.fullmatch(arr)
    if found is None:
        raise Unusable(DeadLetterReason.INVALID, f"arr is {arr!r}: send an amount such as 1200 or 1,200.50")
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
