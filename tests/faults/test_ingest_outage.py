"""Kafka goes away under ingest while events arrive: what was answered with success is in the log, in its order."""

import asyncio
import os
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from schemas.activity import Event
from schemas.codec import decode_activity
from schemas.topics import ACTIVITY
from services.runtime.embedded import jars
from services.runtime.embedded import kafka as embedded_kafka
from services.runtime.embedded import postgres as embedded_postgres
from services.runtime.kafka import consumer
from services.runtime.program import Program, start, stop
from services.runtime.settings import InstanceSettings, read
from tests.faults.conftest import wait_until
from tests.faults.sdks import A_SECOND, sdks_sending
from tests.integration.conftest import (
    Parts,
    _make_template,
    database,  # noqa: F401 - a fixture
    kafka,  # noqa: F401 - a fixture
    log_identity,  # noqa: F401 - a fixture
    new_folder,
)
from tests.integration.ingest.conftest import (
    Ingest,
    ingest,  # noqa: F401 - a fixture
    key,  # noqa: F401 - a fixture
    start_ingest,  # noqa: F401 - a fixture
)

SENDERS, BATCH, PAUSE_SECONDS = 4, 10, 0.08  # 500 events a second
ACCOUNTS = 10  # of each sender
OUTAGE_SECONDS = 60
PATIENCE_SECONDS = 2  # of ingest, for Kafka: who is refused at once waits less


@dataclass
class Server:
    """A Kafka or PostgreSQL that a test may end and start again, in the same place."""

    folder: Path
    program: Program
    answers: Callable[[int], bool]
    where: Callable[[str], str]  # for a database, or none
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to start. From the main thread: the kernel ends a child with the thread that made it."""
        with (self.folder / f"{self.program.name}.log").open("ab") as output:
            self.processes.append(start(self.program, output))

    def is_ready(self) -> bool:
        return self.answers(self.processes[-1].pid)

    def end(self) -> None:
        stop(self.processes.pop(), self.program, seconds=30)

    def kill(self) -> None:
        process = self.processes.pop()
        process.kill()
        process.wait()


@contextmanager
def _started(server: Server) -> Iterator[Server]:
    server.start()
    wait_until(server.is_ready, 60, f"{server.program.name} is there")
    try:
        yield server
    finally:
        if server.processes:
            server.end()


@pytest.fixture(scope="module")
def broker() -> Iterator[Server]:
    with new_folder() as folder:
        cache = read(InstanceSettings).cache / "jars"
        found = embedded_kafka.prepare(folder / "kafka", jars.available(jars.wanted(), cache, print))
        with _started(Server(folder, found.program, found.is_ready, lambda _: found.bootstrap_servers)) as server:
            yield server


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with new_folder() as folder:
        found = embedded_postgres.prepare(folder / "postgres")
        with _started(Server(folder, found.program, found.is_ready, found.url)) as server:
            yield server


@pytest.fixture(scope="module")
def parts(broker: Server, postgres: Server) -> Parts:
    parts = Parts(broker.where(""), postgres.where)
    asyncio.run(_make_template(parts))
    return parts


@dataclass
class Sent:
    """What a sender was told, and how long it waited."""

    kept: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    retry_after: set[str] = field(default_factory=set)
    slowest: float = 0.0


@asynccontextmanager
async def sending(ingest: Ingest, size: int = 10) -> AsyncIterator[Sent]:  # noqa: F811 - not the fixture, what it gives
    """Send 500 events a second while the body runs, those of an account in the order of their ids; each batch once."""
    sent = Sent()
    enough = asyncio.Event()

    async def send(sender: int) -> None:
        due = time.monotonic()
        async with httpx.AsyncClient(base_url=ingest.url, headers=ingest.headers, timeout=30) as client:
            for first in count(0, BATCH):
                if enough.is_set():
                    return
                ids = [f"{sender}-{one:07d}" for one in range(first, first + BATCH)]
                events = [
                    {"account_id": f"a{sender}-{place % ACCOUNTS}", "event_name": "x" * size, "message_id": one}
                    for place, one in enumerate(ids)
                ]
                due += PAUSE_SECONDS  # who was kept waiting makes up for it
                await asyncio.sleep(due - time.monotonic())
                begins = time.monotonic()
                try:
                    answer = await client.post("/v1/events", json=events)
                except httpx.TransportError:  # nobody said that it was kept
                    continue
                sent.slowest = max(sent.slowest, time.monotonic() - begins)
                if answer.status_code == HTTPStatus.ACCEPTED:
                    sent.kept += ids
                else:
                    sent.refused.append(answer.status_code)
                    sent.retry_after.add(answer.headers.get("retry-after", ""))

    tasks = [asyncio.create_task(send(sender)) for sender in range(SENDERS)]
    try:
        yield sent
    finally:
        enough.set()
        await asyncio.gather(*tasks)


async def logged(kafka, wanted: list[str], seconds: float) -> dict[str, list[str]]:  # noqa: F811 - as above
    """The message ids of each account in the order of the log, once all that are wanted are there."""
    missing = set(wanted)
    found: dict[str, list[str]] = defaultdict(list)
    async with consumer(kafka, "tests", ACTIVITY.name) as client, asyncio.timeout(seconds):
        while missing:
            for records in (await client.getmany(timeout_ms=200)).values():
                for record in records:
                    event = decode_activity(record.value)
                    if isinstance(event, Event):
                        missing.discard(event.message_id)
                        found[event.account_id].append(event.message_id)
    return found


def first_arrivals(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def metric(ingest: Ingest, name: str) -> float:  # noqa: F811 - as above
    lines = httpx.get(f"{ingest.url}/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def readiness(ingest: Ingest) -> httpx.Response:  # noqa: F811 - as above
    return httpx.get(f"{ingest.url}/readyz")


def resident(ingest: Ingest) -> int:  # noqa: F811 - as above
    return int(psutil.Process(ingest.process.pid).memory_info().rss)


@pytest.mark.parametrize("seconds", [5, *(pytest.param(longer, marks=pytest.mark.soak) for longer in (60, 3_600))])
async def test_an_outage_costs_no_event_and_no_success(ingest, broker, kafka, seconds):  # noqa: F811 - as above
    async with sending(ingest) as sent:
        await asyncio.sleep(2)
        memory = resident(ingest)
        await asyncio.to_thread(broker.end)
        await asyncio.sleep(seconds)
        spooled, grown = metric(ingest, "kizashi_ingest_spool_records"), resident(ingest) - memory
        ready = readiness(ingest).status_code
        broker.start()
        back = time.monotonic()
        patience = max(60, 2 * seconds)  # Kafka starts within that, however busy the machine is
        await asyncio.to_thread(
            wait_until, lambda: metric(ingest, "kizashi_ingest_spool_records") == 0, patience, "the spool is empty"
        )
        drained = time.monotonic() - back
        print(f"spooled {spooled:.0f}, grown {grown >> 20} MiB, drained in {drained:.1f} s")  # noqa: T201 - shown with a failure
        await asyncio.sleep(2)
    found = await logged(kafka, sent.kept, 30 + seconds / 5)

    assert (sent.refused, ready) == ([], HTTPStatus.OK)
    assert spooled > 10 * seconds  # 500 a second where nothing else runs
    assert grown < 64 << 20
    # In order. What was under way when Kafka went comes twice where it stays away for longer than a producer waits.
    assert all(first_arrivals(ids) == sorted(set(ids)) for ids in found.values())


@pytest.mark.soak
async def test_sdks_notice_nothing_of_an_outage_of_a_minute(ingest, broker, kafka):  # noqa: F811 - as above
    with sdks_sending(ingest.url, ingest.key, OUTAGE_SECONDS + 20) as sdks:
        await asyncio.sleep(10)
        memory = resident(ingest)
        await asyncio.to_thread(broker.end)
        await asyncio.sleep(OUTAGE_SECONDS)
        spooled, grown = metric(ingest, "kizashi_ingest_spool_records"), resident(ingest) - memory
        broker.start()
        back = time.monotonic()
        await asyncio.to_thread(
            wait_until, lambda: metric(ingest, "kizashi_ingest_spool_records") == 0, 2 * OUTAGE_SECONDS, "drained"
        )
        drained = time.monotonic() - back
        believed = await asyncio.to_thread(sdks.believed)
    found = [one for ids in (await logged(kafka, believed, 60)).values() for one in ids]
    print(  # noqa: T201 - shown with a failure
        f"{len(believed)} believed delivered, {len(found)} in the log, {len(found) - len(set(found))} twice; "
        f"spooled {spooled:.0f}, grown {grown >> 20} MiB, drained in {drained:.1f} s"
    )

    assert len(believed) > (OUTAGE_SECONDS + 20) * A_SECOND // 2
    assert spooled > OUTAGE_SECONDS * A_SECOND // 4
    assert grown < 64 << 20


async def test_a_full_spool_is_said_at_once_and_opens_again(ingest, broker, kafka):  # noqa: F811 - as above
    await asyncio.to_thread(ingest.end, signal.SIGTERM)
    ingest.environment["KIZASHI_INGEST_SPOOL_BYTES"] = str(4 << 20)
    await asyncio.to_thread(ingest.start)
    async with sending(ingest, size=250) as sent:
        memory, began = resident(ingest), time.monotonic()
        await asyncio.to_thread(broker.end)
        async with asyncio.timeout(300):  # as fast as the sender is on a busy machine
            while not sent.refused:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
        sent.slowest = 0
        await asyncio.sleep(2)
        slowest, ready, grown = sent.slowest, readiness(ingest), resident(ingest) - memory
        broker.start()
        outage, back = time.monotonic() - began, time.monotonic()
        refused = len(sent.refused)
        kept = len(sent.kept)
        async with asyncio.timeout(120):
            while len(sent.kept) == kept:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
        await asyncio.to_thread(
            wait_until, lambda: metric(ingest, "kizashi_ingest_spool_records") == 0, max(120, 2 * outage), "drained"
        )
        print(f"full after {outage:.0f} s, grown {grown >> 20} MiB, drained in {time.monotonic() - back:.1f} s")  # noqa: T201 - shown with a failure
    found = await logged(kafka, sent.kept, 30)

    assert (set(sent.refused), sent.retry_after, slowest < PATIENCE_SECONDS) == ({503}, {"2"}, True)
    assert (ready.status_code, "the spool is full" in ready.json()["checks"]["outbox"]) == (503, True)
    assert refused > 10
    assert grown < 64 << 20
    assert all(first_arrivals(ids) == sorted(set(ids)) for ids in found.values())


async def test_killed_in_the_middle_of_an_outage_it_still_has_what_it_answered(ingest, broker, kafka):  # noqa: F811 - as above
    async with sending(ingest) as sent:
        await asyncio.sleep(1)
        await asyncio.to_thread(broker.kill)
        for _ in range(2):
            await asyncio.sleep(4)
            os.kill(ingest.process.pid, signal.SIGKILL)
            await asyncio.to_thread(ingest.end, signal.SIGKILL)
            await asyncio.to_thread(ingest.start)
        await asyncio.sleep(3)
        broker.start()
        await asyncio.to_thread(wait_until, broker.is_ready, 60, "Kafka is there")
    found = await logged(kafka, sent.kept, 60)

    assert len(sent.kept) > 1_000
    assert all(first_arrivals(ids) == sorted(set(ids)) for ids in found.values())


async def test_a_database_that_is_away_stops_nothing(ingest, kafka, postgres):  # noqa: F811 - as above
    async with sending(ingest) as sent:
        await asyncio.to_thread(postgres.end)
        await asyncio.sleep(5)
        postgres.start()
        await asyncio.to_thread(wait_until, postgres.is_ready, 60, "PostgreSQL is there")
    found = await logged(kafka, sent.kept, 30)

    assert (sent.refused, len(sent.kept) > 500) == ([], True)
    assert sum(map(len, found.values())) == len(sent.kept)
