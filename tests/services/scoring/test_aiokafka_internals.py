import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import FetchError, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException, OffsetOutOfRangeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from services.scoring.aiokafka_internals import (
    ASLEEP_WAIT_MS,
    BUSY_BYTES,
    BUSY_WAIT_MS,
    IDLE_WAIT_MS,
    PRIVATE_NAMES,
    fetched,
    pause,
    records_of,
    wake_readers,
)

PLACE, OTHER = TopicPartition("activity.v1", 0), TopicPartition("activity.v1", 1)
ZSTD = 4


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_the_installed_aiokafka_has_the_private_names_we_rely_on(owner: type, name: str):
    named = {
        used
        for function in vars(owner).values()
        for used in getattr(getattr(function, "__code__", None), "co_names", ())
    }
    assert hasattr(owner, name) or name in named, f"{owner.__qualname__} no longer has {name}"


def batch(first: int, count: int, codec: int = 0) -> bytes:
    """A batch as a broker stores it: its builder counts from 0."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, 0, 1_000_000)
    for number in range(count):
        builder.append(number, 1_000 + number, b"key", b"value %d" % (first + number), [("name", b"text")])
    built = bytearray(builder.build())
    built[:8] = first.to_bytes(8)  # the base offset, which no CRC covers
    return bytes(built)


def result(stored: bytes, position: int = 0, *, is_paused: bool = False) -> FetchResult:
    """What aiokafka keeps of an answer of a broker."""
    state = SimpleNamespace(paused=is_paused, position=position)
    state.consumed_to = lambda at: setattr(state, "position", at)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    unpacking = PartitionRecords(
        PLACE, MemoryRecords(stored), [], position, None, None, check_crcs=True, isolation_level=0
    )
    return FetchResult(PLACE, assignment=assignment, partition_records=unpacking, backoff=0)


@pytest.mark.parametrize("position", [0, 1], ids="from {}".format)
@pytest.mark.parametrize(
    "stored",
    [
        batch(0, 3) + batch(3, 4),
        batch(0, 3, ZSTD) + batch(3, 4),
        batch(0, 2) + batch(5, 1),
        batch(0, 3) + batch(3, 4)[:-9],
    ],
    ids=["two batches", "one compressed", "a gap", "one cut off"],
)
def test_what_was_fetched_is_what_aiokafka_itself_makes_of_it(stored: bytes, position: int):
    theirs, ours = result(stored, position), result(stored, position)
    wanted = [(one.offset, one.timestamp, one.timestamp_type, one.key, one.value) for one in theirs.getall()]
    found = [(one.offset, one.timestamp, one.timestamp_type, one.key, one.value) for one in records_of(ours, PLACE)]
    assert (found, next_of(ours)) == (wanted, next_of(theirs))


def next_of(fetch: FetchResult) -> int:
    return int(fetch._assignment.state_value(PLACE).position)


def test_a_batch_whose_crc_is_another_is_not_taken():
    stored = bytearray(batch(0, 3) + batch(3, 4))
    stored[-1] ^= 1
    fetch = result(bytes(stored))
    with pytest.raises(CorruptRecordException, match=r"activity\.v1/0 from 3 on"):
        records_of(fetch, PLACE)
    assert next_of(fetch) == 0


def test_of_a_partition_that_was_paused_or_sought_meanwhile_nothing_is_taken():
    sought = result(batch(0, 3))
    sought._assignment.state_value(PLACE).position = 1
    assert [records_of(one, PLACE) for one in (result(batch(0, 3), is_paused=True), sought)] == [[], []]


class Client:
    """aiokafka's consumer, as far as it is asked: its answers come when a test says so."""

    def __init__(self, **waiting: Any) -> None:
        self.assigned = {PLACE, OTHER}
        self.notified = 0
        subscriptions = SimpleNamespace(
            reassignment_in_progress=False, is_assigned=self.assigned.__contains__, fetch_context=Context
        )
        self._fetcher = SimpleNamespace(
            _closed=False,
            _create_fetch_waiter=self._wait,
            _fetch_max_wait_ms=IDLE_WAIT_MS,
            _fetch_min_bytes=1,
            _fetch_waiters=set(),
            _notify=self._notify,
            _records=dict(waiting.items()),
            _subscriptions=subscriptions,
            _wait_consume_future=None,
        )

    def _wait(self) -> asyncio.Future[None]:
        waiter = asyncio.get_running_loop().create_future()
        self._fetcher._fetch_waiters.add(waiter)
        return waiter

    def _notify(self, _: None) -> None:
        self.notified += 1

    def answers(self, **results: Any) -> None:
        self._fetcher._records.update({PLACES[name]: answer for name, answer in results.items()})
        wake_readers(self)

    @property
    def pace(self) -> tuple[int, int]:
        return self._fetcher._fetch_max_wait_ms, self._fetcher._fetch_min_bytes


PLACES = {"place": PLACE, "other": OTHER}
BUSY, IDLE = (BUSY_WAIT_MS, BUSY_BYTES), (IDLE_WAIT_MS, 1)


class Context:
    """What is entered while records are awaited."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


async def test_a_read_waits_for_records_and_has_the_next_ones_collected():
    client = Client()
    reading = asyncio.create_task(fetched(client, {PLACE, OTHER}, 1))
    await asyncio.sleep(0.5)
    client.answers(place=result(batch(0, 2)), other=result(batch(0, 1)))
    found = await reading
    assert ({place: len(records) for place, records in found.items()}, client.pace) == ({PLACE: 2, OTHER: 1}, BUSY)
    assert client.notified == 2  # they may be fetched on


async def test_when_no_more_records_come_a_fetch_waits_for_the_first():
    client = Client()
    client.answers(place=result(batch(0, 2)))
    await fetched(client, {PLACE}, 1)
    reading = asyncio.create_task(fetched(client, {PLACE}, 1))
    await asyncio.sleep(2 * BUSY_WAIT_MS / 1_000)
    assert client.pace == BUSY
    await asyncio.sleep(2 * BUSY_WAIT_MS / 1_000)
    assert client.pace == IDLE
    assert await reading == {}
    assert client.pace == (ASLEEP_WAIT_MS, 1)


async def test_a_read_ends_without_records_in_time_and_what_is_fetched_next_waits_longer():
    loop, client = asyncio.get_running_loop(), Client()
    began = loop.time()
    assert await fetched(client, {PLACE}, 1) == {}
    assert client.pace == (ASLEEP_WAIT_MS, 1)
    assert loop.time() - began == pytest.approx(1)


async def test_partitions_that_are_not_wanted_wait_and_those_that_are_lost_are_dropped():
    client = Client()
    client.answers(place=result(batch(0, 2)), other=result(batch(0, 1)))
    assert await fetched(client, set(), 0.1) == {}
    assert set(client._fetcher._records) == {PLACE, OTHER}
    client.assigned.remove(OTHER)
    assert list(await fetched(client, {PLACE}, 0.1)) == [PLACE]
    assert client._fetcher._records == {}


async def test_a_fetch_that_was_refused_is_told_after_what_was_fetched_before():
    client = Client()
    refused = FetchError(error=OffsetOutOfRangeError(), backoff=0)
    client.answers(place=result(batch(0, 2)), other=refused)
    assert list(await fetched(client, {PLACE, OTHER}, 1)) == [PLACE]
    with pytest.raises(OffsetOutOfRangeError):
        await fetched(client, {PLACE, OTHER}, 1)


async def test_a_read_that_waits_hears_of_partitions_that_are_resumed():
    client, wanted = Client(), set[TopicPartition]()
    client.answers(place=result(batch(0, 2)))
    reading = asyncio.create_task(fetched(client, wanted, 1))
    await asyncio.sleep(0.1)
    wanted.add(PLACE)
    wake_readers(client)
    async with asyncio.timeout(0.1):
        assert list(await reading) == [PLACE]


@pytest.mark.parametrize(("generation", "paused"), [(7, [PLACE]), (8, []), (-1, [])])
def test_only_the_assignment_that_was_meant_is_paused(generation: int, paused: list[TopicPartition]):
    left: list[TopicPartition] = []
    client = SimpleNamespace(
        _coordinator=SimpleNamespace(generation=generation), pause=lambda *places: left.extend(places)
    )
    pause(client, [PLACE], 7)
    assert left == paused
