"""Rows of history as records of the log."""

from schemas.activity import Event, Imported
from schemas.time import moment_of, parse_iso
from services.ingest.core.history import Place, backfill, lived
from services.ingest.core.identity import identity
from services.ingest.core.verdict import Happening

AT = parse_iso("2026-01-01T09:00:00Z")
NOW = moment_of(parse_iso("2026-11-22"))
HAPPENING = Happening("acme", "login", AT, "u-7", "reports", "an id of the file's own")
PLACE = Place(file="5ha", row=12, rank=3)


def record(**fields: object) -> Event:
    return Event(
        **{  # type: ignore[arg-type] # of several types
            "account_id": "acme",
            "event_name": "login",
            "occurred_at": moment_of(AT),
            "source": "import",
            "message_id": "5ha/12",
            "hash": identity("import", "5ha/12"),
            "user_id": "u-7",
            "feature": "reports",
            "imported": Imported(file="5ha", row=3),
            **fields,
        }
    )


def test_backfill_is_received_at_the_import_and_named_by_its_row():
    assert backfill(HAPPENING, PLACE, received_at=NOW) == record(received_at=NOW, backfill=True)


def test_what_is_lived_through_is_received_when_it_happened():
    assert lived(HAPPENING, PLACE) == record(received_at=moment_of(AT))
