"""A Kafka of the imagination: logs of partitions, epochs that fence, and networks that hold bytes back."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced
from typing_extensions import override

from schemas.time import Instant
from schemas.topics import ACTIVITY, DEAD_LETTERS
from services.scoring.changelog import CLAIM_KEY
from services.scoring.fence import Claimed, Fence
from services.scoring.publisher import Publisher

CHANGELOG = "changelog"
Pair = tuple[bytes | None, bytes | None]


@dataclass(slots=True)
class Stored:
    """A record where it stands, as aiokafka hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: Instant
    key: bytes | None
    value: bytes | None
    timestamp_type: int = 1


class Broker:
    """What is stored, and who may still write."""

    def __init__(self, now: Callable[[], Instant], *, fences: bool = True) -> None:
        self.logs: dict[tuple[str, int], list[Stored]] = defaultdict(list)
        self.readers: list[asyncio.Event] = []  # told when there is more
        self._ends: dict[tuple[str, int], int] = defaultdict(int)
        self._epochs: dict[int, int] = defaultdict(int)  # the newest that was given out
        self._seen: dict[tuple[str, int], int] = defaultdict(int)  # the newest that has written
        self._now = now
        self._fences = fences

    def append(self, topic: str, partition: int, records: Iterable[Pair], epoch: int | None = None) -> int:
        """Store records; the offset of the first. Raises ProducerFenced for an epoch that was replaced."""
        place = topic, partition
        if epoch is not None:
            if self._fences and epoch < self._seen[place]:
                raise ProducerFenced
            self._seen[place] = max(epoch, self._seen[place])
        first = self._ends[place]
        for key, value in records:
            self.logs[place].append(Stored(topic, partition, self._ends[place], self._now(), key, value))
            self._ends[place] += 1
        for reader in self.readers:
            reader.set()
        return first

    def next_epoch(self, partition: int) -> int:
        """An epoch that nobody had before."""
        self._epochs[partition] += 1
        return self._epochs[partition]

    def compact(self, partition: int) -> None:
        """Leave the last record of each key in the changelog of a partition, where it stands."""
        log = self.logs[CHANGELOG, partition]
        last = {record.key: record.offset for record in log}
        log[:] = [record for record in log if last[record.key] == record.offset]


@dataclass(slots=True)
class Network:
    """Between one process and the broker. What waits here outlives the process."""

    flows: asyncio.Event = field(default_factory=asyncio.Event)
    refusals: int = 0  # so many of the next writes are answered with an error

    def __post_init__(self) -> None:
        self.flows.set()


class Client(Publisher, Fence):
    """A process's producer and its claims. After its death nothing new is sent."""

    def __init__(self, broker: Broker, network: Network) -> None:
        self._broker = broker
        self._network = network
        self._epochs_held: dict[int, int] = {}
        self._order: dict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.is_dead = False

    async def _write(self, topic: str, partition: int, records: list[Pair], epoch: int | None) -> int:
        """Send, and wait for the answer. Whether it arrives does not depend on who waits for it."""
        if self.is_dead:
            await asyncio.Event().wait()
        return await asyncio.shield(asyncio.ensure_future(self._deliver(topic, partition, records, epoch)))

    async def _deliver(self, topic: str, partition: int, records: list[Pair], epoch: int | None) -> int:
        async with self._order[topic, partition]:
            await asyncio.sleep(0.003)
            await self._network.flows.wait()
            if self._network.refusals:
                self._network.refusals -= 1
                raise MessageSizeTooLargeError
            return self._broker.append(topic, partition, records, epoch)

    @override
    async def publish(self, topic: str, partition: int, records: Iterable[Pair]) -> None:
        await self._write(topic, partition, list(records), self._epochs_held[partition])

    @override
    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        await self._write(DEAD_LETTERS.name, 0, [(dict(headers)["kizashi-origin"], value)], None)

    @override
    async def append(self, topic: str, partition: int, value: bytes) -> int:
        return await self._write(ACTIVITY.name, partition, [(None, value)], self._epochs_held[partition])

    @override
    async def claim(self, partition: int) -> Claimed:
        await self._network.flows.wait()
        before, epoch = self._epochs_held.get(partition), self._broker.next_epoch(partition)
        self._epochs_held[partition] = epoch
        offset = await self._write(CHANGELOG, partition, [(CLAIM_KEY, str(epoch).encode())], epoch)
        return Claimed(offset, is_unbroken=before is not None and epoch == before + 1)

    @override
    async def keep(self, partition: int) -> None:
        pass


class Unacknowledged(Client):
    """The mistake that plain Faust makes: to go on before Kafka has answered."""

    @override
    async def _write(self, topic: str, partition: int, records: list[Pair], epoch: int | None) -> Any:
        if topic not in (CHANGELOG, ACTIVITY.name) or (records and records[0][0] == CLAIM_KEY):
            return await super()._write(topic, partition, records, epoch)
        written = asyncio.ensure_future(super()._write(topic, partition, records, epoch))
        written.add_done_callback(lambda done: done.cancelled() or done.exception())
        return 0 if topic == CHANGELOG else await written
