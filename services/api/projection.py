"""The projection of score-changes.v1: what becomes of a batch of changes, and of what is none."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from time import perf_counter
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import SCORE_CHANGES
from services.api import metrics, writer
from services.api.received import Forgotten, Received, Unusable, forgotten, receive
from services.runtime.projection.projector import Record, Records

READER: Final = "api"
TOPIC: Final = SCORE_CHANGES.name

Refuse = Callable[[Record, str], Awaitable[None]]

logger = logging.getLogger(__name__)


class ChangesProjection:
    """Each change once; what is none becomes a dead letter, acknowledged before its offset is moved."""

    reader = READER
    topic = TOPIC

    def __init__(self, refuse: Refuse, now: Callable[[], datetime]) -> None:
        self._refuse = refuse
        self._now = now

    async def begin(self, connection: AsyncConnection) -> None:
        """Nothing is remembered between batches."""

    async def write(self, connection: AsyncConnection, batch: Records) -> Callable[[], None]:
        """Write the changes of a batch."""
        began = perf_counter()
        received, gone = await self._received(batch)
        if gone:
            await writer.forget_accounts(connection, gone)
        new, conflicts = await writer.write_changes(connection, received, self._now()) if received else (0, [])

        def kept() -> None:
            metrics.BATCH_SECONDS.observe(perf_counter() - began)
            self._count(received, new, conflicts)
            metrics.CHANGES.labels(metrics.Outcome.FORGOTTEN).inc(len(gone))

        return kept

    def interrupted(self) -> None:
        """Count it."""
        metrics.PROJECTOR_FAILURES.inc()

    async def _received(self, batch: Records) -> tuple[list[Received], list[Forgotten]]:
        """The changes that are to be written, and whom a record forgets, with what came before it."""
        received: list[Received] = []
        gone: list[Forgotten] = []
        for place, records in batch.items():
            for record in records:
                try:
                    if record.value is None:
                        who = forgotten(record.key, place.partition, record.offset)
                        received = [one for one in received if one.change.account_id != who.account_id]
                        gone.append(who)
                    else:
                        received.append(receive(record.value, place.partition, record.offset))
                except Unusable as unusable:
                    await self._refuse(record, str(unusable))
                    metrics.CHANGES.labels(metrics.Outcome.UNUSABLE).inc()
        return received, gone

    def _count(self, received: Sequence[Received], new: int, conflicts: Sequence[Received]) -> None:
        metrics.CHANGES.labels(metrics.Outcome.NEW).inc(new)
        metrics.CHANGES.labels(metrics.Outcome.AGAIN).inc(len(received) - new - len(conflicts))
        metrics.CHANGES.labels(metrics.Outcome.CONFLICT).inc(len(conflicts))
        for conflict in conflicts:
            logger.error("change came again with other content", extra={"change_id": conflict.change.id})
        for one in received[-1:]:
            metrics.KNOWN_TO_SERVED_SECONDS.observe((self._now() - one.change.known_at).total_seconds())
