"""The durable outbox: a writer that answers when the test says so, and a real spool."""

import asyncio
import gc
import weakref
from contextlib import suppress

import pytest

from services.ingest.durable import DurableOutbox
from services.ingest.kafka_writer import WriteFailed
from services.ingest.outbox import NotKept, Outgoing
from services.ingest.spool.spool import Spool
from services.runtime.kafka import KafkaUnreachable

PATIENCE = 0.05
MIB = 1 << 20


def record(text: str) -> Outgoing:
    return Outgoing("activity.v1", b"acme", text.encode(), [("h", b"v")])


class Kafka:
    """A writer into a list. While it is `away` nothing is acknowledged; what was sent arrives when it is back."""

    def __init__(self):
        self.log: list[str] = []
        self.is_back = asyncio.Event()
        self.is_back.set()
        self.failures = 0
        self.opened = 0

    async def open(self, patience):
        self.opened += 1
        try:
            await asyncio.wait_for(self.is_back.wait(), patience)
        except TimeoutError as silence:
            raise KafkaUnreachable from silence

    async def write(self, records):
        if self.failures:
            self.failures -= 1
            msg = "fenced"
            raise WriteFailed(msg)
        await self.is_back.wait()
        self.log += [record.value.decode() for record in records]

    async def close(self):
        pass


@pytest.fixture
async def kafka():
    return Kafka()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "0.sqlite"


@pytest.fixture
def spool(file):
    spool = Spool(file, limit_bytes=4 * MIB, floor_bytes=0)
    yield spool
    spool.close()


@pytest.fixture
async def outbox(kafka, spool):
    outbox = DurableOutbox(kafka, spool, PATIENCE)
    running = asyncio.create_task(outbox.run())
    yield outbox
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def drained(outbox: DurableOutbox) -> None:
    async with asyncio.timeout(5):
        while outbox.is_behind:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)


async def test_what_is_kept_is_in_kafka_in_its_order(kafka, outbox):
    await asyncio.gather(*(outbox.keep([record(f"{n}a"), record(f"{n}b")]) for n in range(5)))

    assert kafka.log == [f"{n}{part}" for n in range(5) for part in "ab"]
    assert not outbox.is_behind


async def test_nothing_is_kept_at_once(kafka, outbox):
    await outbox.keep([])

    assert kafka.log == []


async def test_what_kafka_does_not_acknowledge_is_on_the_disk_before_it_is_answered(kafka, spool, outbox):
    await outbox.keep([record("before")])
    kafka.is_back.clear()
    await outbox.keep([record("1")])
    await outbox.keep([record("2")])
    on_disk = [one.record for one in spool.head(10, MIB)]

    assert (on_disk, kafka.log) == ([record("1"), record("2")], ["before"])


async def test_when_kafka_is_back_everything_is_there_once_and_in_order(kafka, outbox):
    """What had been sent before the silence arrives by itself, and is taken out of the spool."""
    kafka.is_back.clear()
    for n in range(10):
        await outbox.keep([record(str(n))])
    kafka.is_back.set()
    for n in range(10, 20):
        await outbox.keep([record(str(n))])
    await drained(outbox)
    await outbox.keep([record("20")])

    assert kafka.log == [str(n) for n in range(21)]


async def test_a_writer_that_fails_is_opened_anew_and_nothing_is_lost(kafka, outbox):
    await outbox.keep([record("0")])
    kafka.failures = 3
    for n in range(1, 6):
        await outbox.keep([record(str(n))])
    await drained(outbox)

    assert kafka.log == [str(n) for n in range(6)]
    assert kafka.opened == 4


async def test_it_begins_without_kafka(kafka, spool):
    kafka.is_back.clear()
    outbox = DurableOutbox(kafka, spool, PATIENCE)
    running = asyncio.create_task(outbox.run())
    await outbox.keep([record("1")])
    kafka.is_back.set()
    await drained(outbox)
    running.cancel()

    assert kafka.log == ["1"]


async def test_what_a_killed_process_left_behind_goes_first(kafka, file):
    left = Spool(file, limit_bytes=4 * MIB, floor_bytes=0)
    left.append([record("left")], kept_at=0)
    left.close()
    spool = Spool(file, limit_bytes=4 * MIB, floor_bytes=0)
    outbox = DurableOutbox(kafka, spool, PATIENCE)
    running = asyncio.create_task(outbox.run())
    await outbox.keep([record("new")])
    await drained(outbox)
    running.cancel()

    assert kafka.log == ["left", "new"]


async def test_a_full_spool_refuses_at_once_and_opens_again(kafka, outbox):
    kafka.is_back.clear()
    big = Outgoing("activity.v1", b"acme", b"x" * MIB, [])
    taken = 0
    with suppress(NotKept):
        while True:
            await outbox.keep([big])
            taken += 1
    assert (taken, outbox.reason) == (3, "Kafka does not acknowledge, and the spool is full (3 MiB)")

    kafka.is_back.set()
    await drained(outbox)
    await outbox.keep([big])

    assert (len(kafka.log), outbox.reason) == (4, None)


async def test_where_the_disk_is_low_nothing_is_spooled(kafka, file):
    spool = Spool(file, limit_bytes=4 * MIB, floor_bytes=1 << 60)
    outbox = DurableOutbox(kafka, spool, PATIENCE)
    running = asyncio.create_task(outbox.run())
    kafka.is_back.clear()
    with pytest.raises(NotKept, match="MiB free"):
        await outbox.keep([record("1")])
    running.cancel()


async def test_what_was_refused_is_let_go_of_without_the_collector(kafka, spool):
    """It hung in a cycle with the exception that it was answered with, and a body with it."""

    class Body(list[Outgoing]):
        """A list that can be watched."""

    kafka.is_back.clear()
    ended = DurableOutbox(kafka, spool, patience=5)
    running = asyncio.create_task(ended.run())
    body = Body([record("1")])
    watched = weakref.ref(body)
    gc.disable()
    try:
        keeping = asyncio.create_task(ended.keep(body))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([keeping, running])
        assert isinstance(keeping.exception(), NotKept)
        del body, keeping, running, ended
        assert watched() is None
    finally:
        gc.enable()


async def test_more_than_can_be_written_is_refused_rather_than_held_in_memory(kafka, outbox):
    kafka.is_back.clear()
    big = Outgoing("activity.v1", b"acme", b"x" * (9 * MIB), [])
    waiting = [asyncio.create_task(outbox.keep([big])) for _ in range(4)]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)

    assert str(outcomes[-1]) == "more comes in than can be written"


async def test_who_gives_up_waiting_takes_nobody_along(kafka, outbox):
    kafka.is_back.clear()
    impatient = asyncio.create_task(outbox.keep([record("1")]))
    patient = asyncio.create_task(outbox.keep([record("2")]))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    kafka.is_back.set()
    await drained(outbox)

    assert kafka.log == ["1", "2"]


async def test_what_waits_at_the_end_is_told(kafka, spool):
    outbox = DurableOutbox(kafka, spool, patience=5)
    running = asyncio.create_task(outbox.run())
    kafka.is_back.clear()
    keeping = asyncio.create_task(outbox.keep([record("1")]))
    for _ in range(9):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(NotKept, match="this process ends"):
        await keeping
    with suppress(asyncio.CancelledError):
        await running
