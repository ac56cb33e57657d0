"""What of a file is kept of people."""

from pathlib import Path

from schemas.activity import FACT_FIELDS, Event
from services.ingest.core.privacy import Privacy
from services.ingest.history.collect import Collector
from services.ingest.history.rows import Row
from services.ingest.history.summary import Reporter
from services.runtime.settings import Clock

SILENT = Reporter(refused=lambda _: None, step=lambda *_: None, warning=lambda _: None)
ROW = {"account_id": "acme", "user_id": "ada@example.com", "event_name": "login", "timestamp": "2026-01-01T00:00:00Z"}


def test_users_of_a_file_are_called_what_users_of_events_are_called():
    """Imports once kept ids as they were, while the same users' events had pseudonyms."""
    privacy = Privacy(lambda user_id: f"p_{len(user_id)}", frozenset(FACT_FIELDS))
    collector = Collector(Path("x.csv"), "f" * 64, Clock.LIVE, 1_800_000_000_000, SILENT, privacy)
    (entry,) = collector.events(iter([Row(1, 2, ROW)])).entries
    record = entry.record()

    assert isinstance(record, Event)
    assert record.user_id == "p_15"
