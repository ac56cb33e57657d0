"""Where records go that must be kept before a sender is told so: a port.

NotKept   they are not known to be kept: the sender must send them again
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Outgoing(NamedTuple):
    """A record on its way to a topic; its key chooses the partition, as murmur2 does everywhere."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        """About how many bytes it is, wherever it lies."""
        return _FRAME_BYTES + len(self.key or b"") + len(self.value)


_FRAME_BYTES = 100  # a record's frame in Kafka, or its row in the spool; headers are counted in


class NotKept(Exception):
    """It is not known whether the records are kept. The message says why."""


class Outbox(Protocol):
    """Keeps records."""

    async def keep(self, records: Sequence[Outgoing]) -> None:
        """Returns once all are kept: in Kafka by all replicas in sync, or on this disk. Raises `NotKept`."""
