"""Doubles of what ingest talks to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.ingest.outbox import NotKept, Outgoing


@dataclass
class ListOutbox:
    """Keeps records in a list, unless it is `away`."""

    kept: list[Outgoing] = field(default_factory=list)
    away: str | None = None

    async def keep(self, records: Sequence[Outgoing]) -> None:
        """As `Outbox.keep`."""
        if self.away is not None:
            raise NotKept(self.away)
        self.kept.extend(records)

    def of(self, topic: str) -> list[Outgoing]:
        """What was kept in a topic."""
        return [record for record in self.kept if record.topic == topic]
