"""How far an import has come, read from the log itself: there is no other bookmark that could disagree with it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.activity import Tick
from schemas.codec import decode_activity
from schemas.time import Instant, instant_of
from schemas.topics import ACTIVITY
from services.ingest.history.kinds import Kind

HEADER = "kizashi-import"  # on every imported record: "<kind>/<SHA-256 of the file>/<rank of the row>"


@dataclass(slots=True)
class Standing:
    """What each partition holds already: the highest rank of this file's rows, and the latest tick."""

    ranks: dict[int, int] = field(default_factory=dict)  # 0 where there is none of its rows
    keys: dict[int, bytes] = field(default_factory=dict)  # the account of the row of that rank
    ticks: dict[int, Instant] = field(default_factory=dict)

    @property
    def has_begun(self) -> bool:
        return any(self.ranks.values())

    @property
    def latest_tick(self) -> Instant | None:
        return max(self.ticks.values(), default=None)


def header(kind: Kind, file: str, rank: int) -> tuple[str, bytes]:
    """The header that says which row of which file a record came from, and what the file was read as."""
    return HEADER, f"{kind}/{file}/{rank}".encode()


async def standing(
    consumer: AIOKafkaConsumer, kind: Kind, file: str, *, partitions: int, step: Callable[[int, int], None]
) -> Standing:
    """Read the log up to its present end. The consumer is started, belongs to no group, and has no partitions yet.

    `step` hears how many of how many records have been read.
    """
    found = Standing(ranks=dict.fromkeys(range(partitions), 0))
    everywhere = [TopicPartition(ACTIVITY.name, partition) for partition in range(partitions)]
    consumer.assign(everywhere)
    begins = await consumer.beginning_offsets(everywhere)
    for place in everywhere:
        consumer.seek(place, begins[place])  # an offset reset on its way would win over seek_to_beginning
    ends = await consumer.end_offsets(everywhere)
    total = sum(ends[place] - begins[place] for place in everywhere)
    done = 0
    prefix = f"{kind}/{file}/".encode()
    unread = {place for place in everywhere if await consumer.position(place) < ends[place]}
    while unread:
        for place, records in (await consumer.getmany(timeout_ms=1_000)).items():
            for record in records:
                _note(found, record, prefix)
            done += len(records)
            step(done, total)
            if await consumer.position(place) >= ends[place]:
                unread.discard(place)
                consumer.pause(place)
    return found


def _note(found: Standing, record: ConsumerRecord, prefix: bytes) -> None:
    """What one record says about the import."""
    if record.key is None:
        _note_tick(found, record.partition, record.value)
    elif record.headers and record.headers[0][0] == HEADER and record.headers[0][1].startswith(prefix):
        found.ranks[record.partition] = int(record.headers[0][1][len(prefix) :])
        found.keys[record.partition] = record.key


def _note_tick(found: Standing, partition: int, value: bytes) -> None:
    if value.startswith(b'{"type":"tick"'):  # as our encoder writes it: most records without a key are ticks
        record = decode_activity(value)
        if isinstance(record, Tick):
            found.ticks[partition] = max(instant_of(record.at), found.ticks.get(partition, 0))
