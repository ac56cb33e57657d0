"""What the shell talks to, made for tests: a publisher that remembers what it was given, and fails when told to."""

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from typing_extensions import override

from schemas.codec import decode_activity
from schemas.time import Instant
from services.scoring.changelog import HEADER_KEY, Restoring
from services.scoring.core.partition import Partition
from services.scoring.fence import Claimed, Fence
from services.scoring.owned import Delivery
from services.scoring.publisher import Publisher
from tests.services.scoring.core.records import DAY_0, LOG, publication

CHANGELOG = "changelog"


class Unacknowledged(Exception):
    """Kafka did not take it."""


class Remembering(Publisher):
    """Takes everything, in the order of its acknowledgement; `fails_at` names a topic or `header`."""

    def __init__(self) -> None:
        self.written: list[tuple[str, Any, Any]] = []  # topic, key, value
        self.fails_at: str | None = None
        self.open = asyncio.Event()  # closed: everything waits
        self.open.set()
        self.end_of_log = 0
        self.holds: set[str] = set()  # topics whose writes wait until they are `released`
        self.released = asyncio.Event()
        self.headers: list[dict[str, str]] = []

    async def _acknowledge(self, topic: str, keys: list[bytes | None]) -> None:
        await self.open.wait()
        if topic in self.holds:
            await self.released.wait()
        await asyncio.sleep(0.01)
        if self.fails_at == topic or (self.fails_at == "header" and HEADER_KEY in keys):
            raise Unacknowledged(topic)

    @override
    async def publish(self, topic: str, partition: int, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        batch = list(records)
        await self._acknowledge(topic, [key for key, _ in batch])
        self.written += [(topic, key, value) for key, value in batch]

    @override
    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        await self._acknowledge(topic, [key])
        self.written.append((topic, key, value))
        self.headers.append({name: text.decode() for name, text in headers})

    @override
    async def append(self, topic: str, partition: int, value: bytes) -> int:
        await self._acknowledge(topic, [])
        self.written.append((topic, None, decode_activity(value)))
        self.end_of_log += 1
        return self.end_of_log - 1

    @property
    def order(self) -> list[str]:
        """Topics in the order in which they were written to, headers by name; repetitions left out."""
        names = ["header" if key == HEADER_KEY else topic for topic, key, _ in self.written]
        return [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]

    @property
    def changelog(self) -> list[tuple[bytes, bytes | None]]:
        """What a successor reads."""
        return [(key, value) for topic, key, value in self.written if topic == CHANGELOG]


class Claims(Fence):
    """Gives every claim, and remembers which are kept; `refuses` is raised instead."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.others: set[int] = set()  # partitions that another process has had meanwhile
        self.refuses: Exception | None = None
        self.answered = asyncio.Event()  # closed: everything waits
        self.answered.set()

    @override
    async def claim(self, partition: int) -> Claimed:
        await self.answered.wait()
        if self.refuses is not None:
            raise self.refuses
        return Claimed(40 + partition, is_unbroken=partition not in self.others)

    @override
    async def keep(self, partition: int) -> None:
        self.kept.append(partition)


def delivery(
    publisher: Publisher, flush_seconds: float = 5.0, now: Instant = DAY_0, fence: Fence | None = None
) -> Delivery:
    """A delivery whose clock stands still."""
    return Delivery(publisher, fence or Claims(), CHANGELOG, flush_seconds, lambda: now)


OPENING = (LOG, publication(minimum_age_days=0))


def partition_from(changelog: Iterable[tuple[bytes, bytes | None]]) -> Partition:
    """The partition that a successor restores."""
    restoring = Restoring()
    for key, value in changelog:
        restoring.take(key, value)
    return restoring.partition(0, 10)


def consumed(offset: int, value: bytes, timestamp: int = DAY_0) -> Any:
    """A record as aiokafka hands it over."""
    return SimpleNamespace(offset=offset, timestamp=timestamp, key=None, value=value)
