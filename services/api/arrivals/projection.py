"""The projection of dead-letters.v1: each letter a row for as long as the topic keeps it, and marked once put back."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.codec import Unreadable
from schemas.dead_letters import PUT_BACK, read_headers
from schemas.topics import DEAD_LETTERS
from services.api import metrics
from services.api.arrivals import writer
from services.runtime.projection.projector import Record, Records

_KEPT: Final = timedelta(milliseconds=DEAD_LETTERS.retention_ms)
_EXPIRE_EVERY: Final = timedelta(hours=1)

_logger = logging.getLogger(__name__)


class LettersProjection:
    """What is no letter of ours is passed over: it is in the topic all the same."""

    reader = "api-dead-letters"
    topic = DEAD_LETTERS.name

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._expired_at: datetime | None = None

    async def begin(self, connection: AsyncConnection) -> None:
        """Nothing is remembered between batches."""

    async def write(self, connection: AsyncConnection, batch: Records) -> Callable[[], None]:
        """Write the letters of a batch, and then its marks: a mark comes after its letter."""
        records = [record for several in batch.values() for record in several]
        marks = [place for record in records if (place := _mark(record))]
        rows = [row for record in records if (row := _row(record))]
        await writer.write_letters(connection, rows)
        await writer.mark_letters(connection, marks, self._now())
        if self._expired_at is None or self._now() - self._expired_at > _EXPIRE_EVERY:
            self._expired_at = self._now()
            await writer.expire_letters(connection, self._now() - _KEPT)
        return lambda: metrics.LETTERS.inc(len(rows))

    def interrupted(self) -> None:
        """Count it."""
        metrics.PROJECTOR_FAILURES.inc()


def _mark(record: Record) -> tuple[int, int] | None:
    """The place of the letter that this says is put back."""
    offset = next((value for name, value in record.headers if name == PUT_BACK), b"")
    return (record.partition, int(offset)) if offset.isdigit() else None


def _row(record: Record) -> dict[str, object] | None:
    if any(name == PUT_BACK for name, _ in record.headers):
        return None
    try:
        letter = read_headers(record.headers)
    except Unreadable as unreadable:
        place = f"{record.topic}/{record.partition}/{record.offset}"
        _logger.warning("no letter of ours", extra={"record": place, "reason": str(unreadable)})
        return None
    return {
        "partition": record.partition,
        "position": record.offset,
        "reason": letter.reason.value,
        "detail": _storable(letter.detail),
        "origin": _storable(letter.origin),
        "source": None if letter.source is None else _storable(letter.source),
        "user_id": None if letter.user_id is None else _storable(letter.user_id),
        "refused_at": letter.refused_at,
        "key": record.key,
        "value": record.value or b"",
    }


def _storable(text: str) -> str:
    """As PostgreSQL can hold it: without U+0000."""
    return text.replace("\x00", "\\u0000")
