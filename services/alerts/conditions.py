"""The projection of alert-conditions.v1: what becomes of a batch of conditions, and of what is none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.codec import Unreadable, decode_condition
from schemas.conditions import Condition
from schemas.topics import ALERT_CONDITIONS
from services.alerts.forgetting import forget_alerts
from services.alerts.hearing import Manner, hear_all
from services.alerts.metrics import CONDITIONS, FAILURES, SAID, Received
from services.alerts.queries.forgetting import Gone
from services.alerts.queries.work import Placed
from services.runtime.projection.projector import Record, Records

_NUL: Final = rb"\u0000"  # which JSON may carry, and PostgreSQL's text may not

Refuse = Callable[[Record, str], Awaitable[None]]

logger = logging.getLogger(__name__)


class ConditionsProjection:
    """Each condition once: its alert, the trail, and what is to be told, in the transaction that moves the offsets."""

    reader = "alerts"
    topic = ALERT_CONDITIONS.name

    def __init__(self, manner: Manner, refuse: Refuse, now: Callable[[], datetime], said: asyncio.Event) -> None:
        self._said = said  # rung when something was
        self._manner = manner
        self._refuse = refuse
        self._now = now

    async def begin(self, connection: AsyncConnection) -> None:
        """Nothing is remembered between batches."""

    async def write(self, connection: AsyncConnection, batch: Records) -> Callable[[], None]:
        """Write the conditions of a batch; what is none becomes a dead letter."""
        placed, gone = await self._placed(batch)
        if gone:
            await forget_alerts(connection, gone)
        new, said = await hear_all(connection, placed, self._manner, self._now()) if placed else (0, [])

        def kept() -> None:
            CONDITIONS.labels(Received.NEW).inc(new)
            CONDITIONS.labels(Received.AGAIN).inc(len(placed) - new)
            CONDITIONS.labels(Received.FORGOTTEN).inc(len(gone))
            SAID.inc(len(said))
            if said:
                self._said.set()

        return kept

    def interrupted(self) -> None:
        """Count it."""
        FAILURES.inc()

    async def _placed(self, batch: Records) -> tuple[list[Placed], list[Gone]]:
        """The conditions that are to be heard, and whom a record forgets, with what came before it."""
        placed: list[Placed] = []
        gone: list[Gone] = []
        for place, records in batch.items():
            for record in records:
                try:
                    if record.value is None:
                        who = Gone(_account(record.key), place.partition, record.offset)
                        placed = [one for one in placed if one.condition.account_id != who.account_id]
                        gone.append(who)
                    else:
                        placed.append(Placed(_read(record.value), place.partition, record.offset, record.value))
                except Unreadable as unreadable:
                    await self._refuse(record, f"not a condition: {unreadable}")
                    CONDITIONS.labels(Received.UNUSABLE).inc()
        return placed, gone


def _account(key: bytes | None) -> str:
    """Whom a record without a value forgets. Raises Unreadable."""
    try:
        account_id = (key or b"").decode()
    except UnicodeDecodeError:
        account_id = ""
    if not account_id or "\x00" in account_id:
        msg = "without a value it has to name, by its key, the account that is forgotten"
        raise Unreadable(msg)
    return account_id


def _read(value: bytes) -> Condition:
    """The condition. Raises Unreadable."""
    if _NUL in value:
        msg = "a text holds U+0000, which PostgreSQL cannot store"
        raise Unreadable(msg)
    return decode_condition(value)
