"""How soon a change can be read: from the acknowledgement of an event to its change in `score-changes.v1`.

python -m benchmarks.latency [--rate 2000] [--seconds 30] [--probes 40] [--data DIR] [--json]

Of one worker and a Kafka of its own; with --data of a whole instance that runs, which has alerts, the api and
PostgreSQL beside it. Open loop: events are sent when they are due, whatever came of those before. Of every second's
events `--probes` are the first of an account of its own, so that each gives a change: half of them plain, that wait for
a tick, half of them moments, which do not. The others spread over 20,000 accounts. Who sends is a process of its own,
so that who reads is not held up. The worker's processor time is measured before, while nothing arrives, and meanwhile.
"""

import argparse
import asyncio
import json
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path

import psutil
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.broker import make_topics, running_broker
from benchmarks.restore import started, until_ready
from benchmarks.scoring import opening, write
from schemas.activity import Event
from schemas.codec import decode_score_change, encode
from schemas.time import moment_of
from schemas.topics import ACTIVITY, SCORE_CHANGES, TOPICS
from services.runtime.clock import now
from services.runtime.instance import find_run
from services.runtime.kafka import consumer, producer
from services.runtime.settings import Clock, KafkaSettings

ACCOUNTS = 20_000
MOMENT = "cancel_page_viewed"  # of the scorecard that is shipped
IDLE_SECONDS = 10.0
PATIENCE_SECONDS = 10.0  # for the last changes
SLOT_SECONDS = 0.005

Waits = dict[str, list[float]]


def main() -> None:
    """Measure, and print medians and tails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--probes", type=int, default=40)
    parser.add_argument("--data", type=Path, help="of a running instance")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with _running(arguments.data) as (kafka, workers):
        idle = _share(workers, IDLE_SECONDS)
        before = _used(workers)
        waits, sent = uvloop.run(_measure(kafka, arguments.rate, arguments.seconds, arguments.probes))
        used = _used(workers) - before
    rows = [
        {
            "bench": f"{name}-{arguments.rate}",
            "system": "kizashi",
            "events_per_s": round(sent / arguments.seconds),
            "cpu_us_per_event": round(used / sent * 1e6),
            "seconds": arguments.seconds,
            **_quantiles(waits[kind]),
        }
        for name, kind in (("latency", "plain"), ("moment", "moment"))
    ]
    if arguments.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(f"worker: {used / arguments.seconds:.0%} of a core at {arguments.rate}/s, {idle:.1%} while nothing arrives")


@contextmanager
def _running(data: Path | None) -> Iterator[tuple[KafkaSettings, list[psutil.Process]]]:
    """Kafka, and the workers that score its log."""
    if data is not None:
        run = find_run(data)
        workers = [psutil.Process(pid) for name, pid in run.pids.items() if name.startswith("scoring")]
        yield KafkaSettings(bootstrap_servers=run.kafka_bootstrap_servers), workers
        return
    with running_broker() as broker:
        asyncio.run(make_topics(broker, {topic.name: topic.configuration() for topic in TOPICS}))
        asyncio.run(write(broker, opening(), iter(())))
        with started(broker, Clock.LIVE) as (worker, ready_url):
            until_ready(worker, ready_url)
            yield broker, [worker]


def _used(workers: list[psutil.Process]) -> float:
    return sum(sum(worker.cpu_times()[:2]) for worker in workers)


def _share(workers: list[psutil.Process], seconds: float) -> float:
    before = _used(workers)
    time.sleep(seconds)
    return (_used(workers) - before) / seconds


def _quantiles(waits: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(waits, n=100)
    return {name: round(cuts[at] * 1_000, 1) for name, at in (("p50_ms", 49), ("p95_ms", 94), ("p99_ms", 98))}


async def _measure(kafka: KafkaSettings, rate: int, seconds: int, probes: int) -> tuple[Waits, int]:
    readable: dict[str, float] = {}
    with ProcessPoolExecutor(1, get_context("spawn")) as sender:
        loop = asyncio.get_running_loop()
        async with consumer(kafka, "benchmark", SCORE_CHANGES.name, auto_offset_reset="latest") as reader:
            await reader.seek_to_end()
            reading = asyncio.create_task(_read(reader, readable))
            acknowledged, sent = await loop.run_in_executor(sender, _sent, kafka, rate, seconds, probes)
            await _all_read(acknowledged, readable)
            reading.cancel()
    waits: Waits = {"plain": [], "moment": []}
    for account_id, at in acknowledged.items():
        waits[account_id.split("-")[0]].append(readable[account_id] - at)
    return waits, sent


async def _all_read(acknowledged: Mapping[str, float], readable: Mapping[str, float]) -> None:
    """Until the change of every probe has been read."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while acknowledged.keys() - readable.keys() and time.monotonic() < deadline:  # noqa: ASYNC110 - polled
        await asyncio.sleep(0.1)
    missing = acknowledged.keys() - readable.keys()
    assert not missing, f"{len(missing)} changes were not read"


def _sent(kafka: KafkaSettings, rate: int, seconds: int, probes: int) -> tuple[dict[str, float], int]:
    """Send what is due, in this process; when each probe was acknowledged, and how many events there were."""
    return uvloop.run(_send(kafka, rate, seconds, probes))


async def _send(kafka: KafkaSettings, rate: int, seconds: int, probes: int) -> tuple[dict[str, float], int]:
    acknowledged: dict[str, float] = {}
    async with producer(kafka, "benchmark") as client:
        return acknowledged, await _send_slots(client, rate, seconds, probes, acknowledged)


async def _send_slots(
    client: AIOKafkaProducer, rate: int, seconds: int, probes: int, acknowledged: dict[str, float]
) -> int:
    """Send slot by slot; how many there were."""
    made = _events(rate, probes)
    began, sent, waiting = time.monotonic(), 0, []
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * rate:
            account_id, value = next(made)
            written = await client.send(ACTIVITY.name, value, key=account_id.encode())
            if account_id[0] != "a":
                waiting.append(asyncio.create_task(_note(account_id, written, acknowledged)))
            sent += 1
        await asyncio.sleep(SLOT_SECONDS)
    await asyncio.gather(*waiting)
    return sent


async def _note(account_id: str, written: asyncio.Future[object], acknowledged: dict[str, float]) -> None:
    await written
    acknowledged[account_id] = time.monotonic()


async def _read(reader: AIOKafkaConsumer, readable: dict[str, float]) -> None:
    async for record in reader:
        readable.setdefault(decode_score_change(record.value).account_id, time.monotonic())


def _events(rate: int, probes: int) -> Iterator[tuple[str, bytes]]:
    every, number = max(1, rate // probes), 0
    run = uuid.uuid4().hex[:8]
    while True:
        number += 1
        kind = ("plain", "moment")[number // every % 2] if number % every == 0 else "a"
        account_id = f"{kind}-{run}-{number}" if kind != "a" else f"a-{number * 7_919 % ACCOUNTS}"
        at = moment_of(now())
        event = Event(
            account_id=account_id,
            event_name=MOMENT if kind == "moment" else "used",
            occurred_at=at,
            received_at=at,
            source="benchmark",
            message_id=f"{run}-{number}",
            hash=int.from_bytes(blake2b(f"{run}-{number}".encode(), digest_size=8).digest()),
            user_id=f"{account_id}/{number % 5}",
            feature=f"feature-{number % 12}",
        )
        yield account_id, encode(event)


if __name__ == "__main__":
    main()
