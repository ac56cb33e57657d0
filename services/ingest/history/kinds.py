"""The kinds of file that can be brought in, and the columns each one has."""

from enum import StrEnum

from services.ingest.history.rows import Columns


class Kind(StrEnum):
    """What the rows of a file are."""

    EVENTS = "events"
    ACCOUNTS = "accounts"
    OUTCOMES = "outcomes"
    CONTACTS = "contacts"


_NEEDED: dict[Kind, tuple[str, ...]] = {
    Kind.EVENTS: ("account_id", "event_name", "timestamp"),
    Kind.ACCOUNTS: ("account_id",),
    Kind.OUTCOMES: ("account_id",),
    Kind.CONTACTS: ("account_id", "occurred_at"),
}
_OPTIONAL: dict[Kind, tuple[str, ...]] = {
    Kind.EVENTS: ("user_id", "feature"),
    Kind.ACCOUNTS: ("name", "plan", "segment", "seats", "arr", "arr_cents", "renewal_on", "owner", "time_zone"),
    Kind.OUTCOMES: ("outcome", "occurred_at", "churned_at", "because", "reason", "label_kind", "author"),
    Kind.CONTACTS: ("kind", "author", "note"),
}


def columns_of(kind: Kind, renamed: dict[str, str]) -> Columns:
    """The columns of a file of this kind; a field not renamed is in the column of its own name."""
    fields = _NEEDED[kind] + _OPTIONAL[kind]
    return Columns({field: renamed.get(field, field) for field in fields}, frozenset(_NEEDED[kind]))
