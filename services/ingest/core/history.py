"""Rows of history as records of the log: backfill for a live instance, life itself for one whose clock is its log."""

from datetime import datetime
from typing import NamedTuple

from schemas.activity import Event, Imported
from schemas.time import moment_of
from services.ingest.core.identity import identity
from services.ingest.core.verdict import Happening

SOURCE = "import"


class Place(NamedTuple):
    """Where a row stands: in which file (SHA-256), as which row, and as the how manyth in order of time.

    For a file that is in order of time `rank` is `row`.
    """

    file: str
    row: int
    rank: int


def backfill(happening: Happening, place: Place, *, received_at: datetime) -> Event:
    """A row of history for a live instance: however late, it is admitted, and evaluated at the import's end."""
    return _event(happening, place, moment_of(happening.occurred_at), received_at, is_backfill=True)


def lived(happening: Happening, place: Place) -> Event:
    """A row that is lived through: received when it happened."""
    moment = moment_of(happening.occurred_at)
    return _event(happening, place, moment, moment, is_backfill=False)


def _event(
    happening: Happening, place: Place, occurred_at: datetime, received_at: datetime, *, is_backfill: bool
) -> Event:
    message_id = f"{place.file}/{place.row}"  # not one of the row's own: a file may hold an event twice, and mean it
    return Event(
        account_id=happening.account_id,
        event_name=happening.event_name,
        occurred_at=occurred_at,
        received_at=received_at,
        source=SOURCE,
        message_id=message_id,
        hash=identity(SOURCE, message_id),
        user_id=happening.user_id,
        feature=happening.feature,
        imported=Imported(file=place.file, row=place.rank),
        backfill=is_backfill,
    )
