"""What readiness, freshness and gauges rest on: the database and Kafka, looked at every second."""

import asyncio
import logging
from typing import Final, NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.changes import State
from services.api import metrics, queries
from services.api.projection import READER, TOPIC
from services.runtime.database import snapshot
from services.runtime.kafka import consumer
from services.runtime.keys import KeyRing
from services.runtime.migrations import pending_migrations
from services.runtime.projection.projector import Projector
from services.runtime.sender import Sender
from services.runtime.settings import KafkaSettings

_LOOK_SECONDS: Final = 1.0
_COUNT_EVERY: Final = 10  # looks; counting accounts reads an index of them all
_FEW: Final = 10_000  # so many accounts are counted in milliseconds: at every look at which something has moved
_PATIENCE_SECONDS: Final = 5.0
_STUCK_LOOKS: Final = 30  # looks without a move while changes wait: beyond any batch, and any election

logger = logging.getLogger(__name__)


class Watch:
    """Looks for as long as it runs; its checks say why the api is not ready, or None."""

    def __init__(
        self, engine: AsyncEngine, kafka: KafkaSettings, projector: Projector, sender: Sender, keys: KeyRing
    ) -> None:
        self._engine = engine
        self._kafka = kafka
        self._projector = projector
        self._sender = sender
        self._keys = keys
        self._database_trouble: str | None = "not looked at yet"
        self._kafka_trouble: str | None = "not looked at yet"
        self._seen = queries.Standing(applied={}, conflicts=0)
        self._looks = 0
        self._accounts = 0
        self._looks_without_move = 0
        self._is_migrated = False
        self.lag_records: int | None = None

    async def run(self) -> NoReturn:
        """Look until cancelled, through outages of either."""
        while True:
            try:
                async with consumer(self._kafka, "kizashi-api-watch") as ends:
                    while True:
                        moved = await self._look_at_database()
                        await self._look_at_kafka(ends, has_moved=moved)
                        await asyncio.sleep(_LOOK_SECONDS)
            except (KafkaError, OSError) as away:
                self._kafka_trouble, self.lag_records = f"Kafka: {type(away).__name__}: {away}", None
            await self._look_at_database()
            await asyncio.sleep(_LOOK_SECONDS)

    async def database(self) -> str | None:
        """PostgreSQL answers."""
        return self._database_trouble

    async def migrations(self) -> str | None:
        """Its tables are those of this version."""
        if not self._is_migrated:
            pending = await pending_migrations(self._engine)
            if pending:
                return f"migrations wait: {', '.join(pending)}. `kizashi prepare` applies them"
            self._is_migrated = True  # nobody takes one back under a running service
        return None

    async def keys(self) -> str | None:
        """Keys are known, so that somebody can be let in."""
        return None if self._keys.is_loaded else "not read from the database yet"

    async def projector(self) -> str | None:
        """Changes are being written, here or by another process."""
        return await self._projector.readiness()

    async def sender(self) -> str | None:
        """Facts can be taken."""
        return None if self._sender.is_connected else "no producer yet: Kafka cannot be reached"

    async def lag(self) -> str | None:
        """It is known how far behind we are, and we are not stuck there. A long way to go is no trouble in itself."""
        if self._kafka_trouble is not None:
            return self._kafka_trouble
        if self._looks_without_move >= _STUCK_LOOKS:
            return f"{self.lag_records} changes wait, and none was served for {self._looks_without_move} s"
        return None

    async def conflicts(self) -> str | None:
        """No change came again with other content."""
        count = self._seen.conflicts
        return f"{count} changes came again with other content: see the table `conflicts`" if count else None

    async def _look_at_database(self) -> bool:
        """Whether any offset has moved since the last look."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), snapshot(self._engine) as connection:
                before, self._seen = self._seen, await queries.standing(connection, READER, TOPIC)
                has_moved = before.applied != self._seen.applied
                if self._looks % _COUNT_EVERY == 0 or (has_moved and self._accounts <= _FEW):
                    counts = await queries.accounts_by_state(connection)
                    self._accounts = sum(counts.values())
                    _show_accounts(counts)
        except (SQLAlchemyError, OSError) as away:
            self._database_trouble = f"{type(away).__name__}: {getattr(away, 'orig', None) or away}"
            return False
        self._database_trouble = None
        self._looks += 1
        metrics.CONFLICTS.set(self._seen.conflicts)
        return has_moved

    async def _look_at_kafka(self, ends: AIOKafkaConsumer, *, has_moved: bool) -> None:
        applied = self._seen.applied
        places = [TopicPartition(TOPIC, partition) for partition in applied]
        async with asyncio.timeout(_PATIENCE_SECONDS):
            end_offsets = await ends.end_offsets(places) if places else {}
        self._kafka_trouble = None
        self.lag_records = sum(max(0, end_offsets[place] - applied[place.partition]) for place in places)
        metrics.LAG_RECORDS.set(self.lag_records)
        self._looks_without_move = 0 if has_moved or self.lag_records == 0 else self._looks_without_move + 1


def _show_accounts(counts: dict[str, int]) -> None:
    for state in State:
        metrics.ACCOUNTS.labels(state).set(counts.get(state, 0))
