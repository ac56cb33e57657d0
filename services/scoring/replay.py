"""Folds a log as it was written, with the core alone: what the running system must have given, and nothing else."""

from collections.abc import AsyncIterator, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.changes import ScoreChange
from schemas.conditions import Condition
from schemas.time import iso
from schemas.topics import ACTIVITY
from services.scoring.core.partition import Gone, Partition, Unusable
from services.scoring.record import recorded

_POLL_MS = 1_000


class Trimmed(Exception):
    """The log no longer starts at 0, so what came before cannot be recomputed."""


async def log_ends(client: AIOKafkaConsumer, partitions: int) -> dict[int, int]:
    """The offset after the last record of each partition of the log. Raises Trimmed."""
    of_log = [TopicPartition(ACTIVITY.name, number) for number in range(partitions)]
    beginnings = await client.beginning_offsets(of_log)
    for place, beginning in beginnings.items():
        if beginning > 0:
            first = (await client.offsets_for_times({place: 0}))[place]
            since = f", since {iso(first.timestamp)}" if first else ", and is empty"
            msg = f"partition {place.partition} of the log starts at offset {beginning}{since}"
            raise Trimmed(msg)
    ends = await client.end_offsets(of_log)
    return {place.partition: end for place, end in ends.items()}


async def told_by(client: AIOKafkaConsumer, ends: Mapping[int, int]) -> AsyncIterator[ScoreChange | Condition | Gone]:
    """Every change and condition that the log up to `ends` gives, and whom it forgets, one partition after another."""
    for number, end in ends.items():
        partition = Partition(number)
        place = TopicPartition(ACTIVITY.name, number)
        client.assign([place])
        client.seek(place, 0)
        while partition.position + 1 < end:
            batches = await client.getmany(timeout_ms=_POLL_MS)
            for record in batches.get(place, []):
                if record.offset >= end:
                    break
                for output in partition.observe(recorded(record)):
                    if not isinstance(output, Unusable):
                        yield output
