"""Everything of aiokafka's consumer that we use and it does not promise, in one place.

Its public way makes an object of eleven fields of each record, in Python: 1.8 µs, which is more than we need to read
what is in it. Here a fetched batch of records stays what aiokafka's C makes of it: .4 µs, the check of its CRC
included. And a fetch is paced: while records come, the broker is asked to collect for a while, since what a fetch
costs does not depend on how much it brings. `PRIVATE_NAMES` lists what is relied on; a test fails when a new aiokafka
no longer has it.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Protocol, cast

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher, FetchError, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.structs import TopicPartition

from services.scoring.record import ConsumerRecord

IDLE_WAIT_MS = 100  # a broker holds a fetch for so long at most; the first one of an assignment waits for the last
ASLEEP_WAIT_MS = 250  # when no records came for a whole read
BUSY_WAIT_MS = 5  # while records come: so long from a record to its fetch at most
BUSY_BYTES = 65_536  # or until there is as much
_STILL_SECONDS = 3 * BUSY_WAIT_MS / 1_000  # without records: none come any more

PRIVATE_NAMES: Mapping[type, tuple[str, ...]] = {
    AIOKafkaConsumer: ("_closed", "_coordinator", "_fetcher"),
    Fetcher: (
        "_closed",
        "_create_fetch_waiter",
        "_fetch_max_wait_ms",
        "_fetch_min_bytes",
        "_fetch_waiters",
        "_notify",
        "_records",
        "_subscriptions",
        "_wait_consume_future",
    ),
    FetchResult: ("_partition_records", "_update_position", "check_assignment"),
    PartitionRecords: ("_check_crcs", "_records", "next_fetch_offset"),
    FetchError: ("check_raise",),
}


class Record(ConsumerRecord, Protocol):
    """A record as aiokafka's C makes it."""

    timestamp_type: int


Fetched = dict[TopicPartition, list[Record]]


async def fetched(client: AIOKafkaConsumer, partitions: Collection[TopicPartition], seconds: float) -> Fetched:
    """What has been fetched of these partitions, in whole batches; waits for some for so long at most.

    `partitions` may change meanwhile: it is what they are when records are there that counts.
    """
    fetcher = client._fetcher
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    with fetcher._subscriptions.fetch_context():
        while not (found := await _at_hand(fetcher, partitions)) and (now := loop.time()) < ends:
            is_busy = fetcher._fetch_max_wait_ms == BUSY_WAIT_MS
            waiter = fetcher._create_fetch_waiter()
            await asyncio.wait([waiter], timeout=min(_STILL_SECONDS, ends - now) if is_busy else ends - now)
            if waiter.done():
                waiter.result()  # raises what a fetch was refused for
            else:
                waiter.cancel()
                _pace(fetcher, IDLE_WAIT_MS if is_busy else ASLEEP_WAIT_MS, 1)
            if fetcher._closed:
                return {}
    if found:  # and its next fetch has not been sent yet
        _pace(fetcher, BUSY_WAIT_MS, BUSY_BYTES)
    return found


def _pace(fetcher: Fetcher, wait_ms: int, least_bytes: int) -> None:
    fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes = wait_ms, least_bytes


async def _at_hand(fetcher: Fetcher, partitions: Collection[TopicPartition]) -> Fetched:
    """What is there. As aiokafka's `fetched_records`, but no partitions are none, and not all."""
    if fetcher._subscriptions.reassignment_in_progress:
        await fetcher._subscriptions.wait_for_assignment()
    found: Fetched = {}
    for place, result in list(fetcher._records.items()):
        if place not in partitions:
            if not fetcher._subscriptions.is_assigned(place):
                del fetcher._records[place]
            continue
        if found and isinstance(result, FetchError):
            break  # raised by the next call
        del fetcher._records[place]
        fetcher._notify(fetcher._wait_consume_future)
        if isinstance(result, FetchError):
            result.check_raise()
        elif records := records_of(result, place):
            found[place] = records
    return found


def records_of(result: FetchResult, place: TopicPartition) -> list[Record]:
    """All records of a fetch that are not older than what was asked for. Raises CorruptRecordException."""
    if not result.check_assignment(place):
        return []
    unpacking = result._partition_records
    first, batches = unpacking.next_fetch_offset, unpacking._records
    found: list[Record] = []
    while batches.has_next():
        batch = batches.next_batch()
        if unpacking._check_crcs and not batch.validate_crc():
            msg = f"a batch of {place.topic}/{place.partition} from {batch.base_offset} on has another CRC"
            raise CorruptRecordException(msg)
        if not batch.is_control_batch:
            found += batch
        unpacking.next_fetch_offset = batch.next_offset  # though compaction may have taken its last records
    result._update_position()
    if found and found[0].offset < first:  # a batch is fetched as a whole
        return [record for record in found if record.offset >= first]
    return found


def wake_readers(client: AIOKafkaConsumer) -> None:
    """Have a read that waits for new records look at those which are there: of partitions that were paused."""
    for waiting in list(client._fetcher._fetch_waiters):
        if not waiting.done():
            waiting.set_result(None)


def pause(client: AIOKafkaConsumer, partitions: Collection[TopicPartition], generation_id: int) -> None:
    """Pause partitions unless the client has another assignment by now: there they have to be read."""
    if cast("Any", client._coordinator).generation == generation_id:
        client.pause(*partitions)
