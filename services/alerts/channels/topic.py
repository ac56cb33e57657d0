"""Kafka: messages into `alerts.v1` for machines, and verdicts of the fleet guard into every partition of the log."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.topics import ACTIVITY, ALERTS
from services.alerts.core.attempts import Answer, Delivered, Failed
from services.alerts.queries.outbox import Job
from services.alerts.queries.people import Receivers
from services.runtime.database import snapshot
from services.runtime.projection.writer import partitions
from services.runtime.sender import NotAcknowledged, Sender


class TopicChannel:
    """Writes messages to alerts.v1, keyed by account."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def deliver(self, job: Job, _known: Receivers, _now: datetime) -> Answer:
        """Acknowledged, or to be tried again."""
        key = None if job.account_id is None else job.account_id.encode()
        try:
            kept = await self._sender.send(ALERTS.name, key, job.body, [("webhook-id", job.message_id.encode())])
        except NotAcknowledged as silence:
            return Failed(str(silence))
        return Delivered(f"{kept.partition}/{kept.offset}")


class LogChannel:
    """Writes a record to every partition of the log."""

    def __init__(self, sender: Sender, engine: AsyncEngine) -> None:
        self._sender = sender
        self._engine = engine

    async def deliver(self, job: Job, _known: Receivers, _now: datetime) -> Answer:
        """Acknowledged by all, or all of it to be tried again: saying it twice does no harm."""
        try:
            async with snapshot(self._engine) as connection:
                count = await partitions(connection)
            for partition in range(count):
                await self._sender.send(ACTIVITY.name, None, job.body, partition=partition)
        except NotAcknowledged as silence:
            return Failed(str(silence))
        return Delivered(f"{count} partitions")
