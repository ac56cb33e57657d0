"""Cold recovery from a changelog of a million accounts, and the memory of the worker that holds them.

python -m benchmarks.restore [--accounts 1000000] [--events 100000] [--seconds 20]

The accounts are copies, under names of their own, of some that lived through 60 days of history under the shipped
scorecard; the worker starts with nothing but the changelog. Measured from its start as a process until it says that it
is ready, and then while events of one account after another arrive for so many seconds, with ticks.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks import results
from benchmarks.broker import PARTITIONS, make_topics, running_broker
from benchmarks.core import MIDNIGHT, Product, fold, with_ticks
from benchmarks.keyed.load import Writer, partition_of
from schemas.activity import Event, Log, Publication, Tick
from schemas.codec import encode
from schemas.time import DAY, SECOND, moment_of
from schemas.topics import ACTIVITY, TOPICS
from services.runtime.embedded.ports import free_ports
from services.runtime.kafka import producer
from services.runtime.settings import Clock, KafkaSettings
from services.scoring.app import CHANGELOG
from services.scoring.changelog import HEADER_KEY
from services.scoring.core import ENGINE
from services.scoring.core.header import header_of
from services.scoring.core.packing import pack_account, unpack_account
from services.scoring.core.partition import Flush, Partition
from services.scoring.scorecard_file import digest_of, read_scorecard

CARD = Path("scorecards/default.yaml")
MILLION = 1_000_000
KINDS = 1_000  # of accounts
HISTORY_DAYS = 60
_PATIENCE_SECONDS = 600.0
_SLOT_SECONDS, _PER_SLOT = 0.1, 100


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=MILLION)
    parser.add_argument("--events", type=int, default=60_000, help="that the accounts of all kinds have sent")
    parser.add_argument("--seconds", type=float, default=20.0, help="of load")
    arguments = parser.parse_args()
    kinds = lived(arguments.events)
    with running_broker() as broker:
        asyncio.run(prepare(broker, kinds, arguments.accounts))
        with started(broker) as (worker, ready_url):
            seconds = until_ready(worker, ready_url)
            spent, resting = sum(worker.cpu_times()[:2]), worker.memory_info().rss >> 20
            asyncio.run(_load(broker, arguments.accounts, arguments.seconds))
            busy = worker.memory_info().rss >> 20
    count = arguments.accounts
    rows = [
        {
            "bench": "restore-1m",
            "system": "kizashi",
            "cpu_us_per_event": round(spent / count * 1e6, 2),
            "events_per_s": round(count / seconds),
            "rss_mb": resting,
            "seconds": round(seconds, 1),
        },
        {"bench": "memory-1m", "system": "kizashi", "rss_mb": max(resting, busy), "seconds": arguments.seconds},
    ]
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    if count == MILLION:
        results.merge(rows)


def lived(events: int) -> Flush:
    """Accounts of all kinds."""
    partition, product, card = Partition(0, hot_accounts=KINDS), Product(KINDS, seed=1), read_scorecard(CARD)
    first = MIDNIGHT - HISTORY_DAYS * DAY
    opening = (
        (first, Log(log_id="benchmark", partitions=PARTITIONS, engine=ENGINE)),
        (first, Publication(version=1, hash=digest_of(card), scorecard=card)),
    )
    fold(partition, iter(opening))
    fold(partition, with_ticks(product.events(events, first, MIDNIGHT), DAY))
    fold(partition, iter([(MIDNIGHT, Tick(at=moment_of(MIDNIGHT)))]))
    return partition.flush()


async def prepare(broker: KafkaSettings, lived: Flush, count: int) -> None:
    """Write the changelog, and a log whose records up to the cut need not be read again."""
    topics = {topic.name: topic.configuration() for topic in TOPICS}
    await make_topics(broker, topics | {CHANGELOG: {"cleanup.policy": "compact"}})
    header = header_of(lived.header)._replace(cut=0, generations={})
    size = 0
    async with producer(broker, "benchmark", compression_type="zstd", max_batch_size=900_000) as client:
        log, changelog = Writer(client, ACTIVITY.name), Writer(client, CHANGELOG)
        for partition in range(PARTITIONS):
            await log.append(partition, None, encode(header.log))
        await log.end()
        kinds = [unpack_account(packed) for _, packed in lived.accounts]
        for number in range(count):
            account = kinds[number % len(kinds)]
            account.account_id = f"account-{number:08d}"
            key, value = account.account_id.encode(), pack_account(account, 0)
            size += len(value)
            await changelog.append(partition_of(key), key, value)
        for partition in range(PARTITIONS):
            await changelog.append(partition, HEADER_KEY, header.packed())
        await changelog.end()
    print(f"{count:,} accounts of {size / count:.0f} bytes", flush=True)


@contextmanager
def started(broker: KafkaSettings, clock: Clock = Clock.LOG) -> Iterator[tuple[psutil.Process, str]]:
    """`kizashi scoring`, just started, and where it says whether it is ready."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "KIZASHI_KAFKA_REPLICATION": "1",
            "KIZASHI_SCORING_PORT": str(port),
            "KIZASHI_DATA": folder,
            "KIZASHI_CLOCK": clock.value,
        }
        command = ("/usr/bin/env", *(f"{name}={value}" for name, value in environment.items()))
        with (Path(folder) / "worker.log").open("wb") as log:
            process = subprocess.Popen((*command, sys.executable, "-m", "services.scoring"), stdout=log, stderr=log)
        try:
            yield psutil.Process(process.pid), f"http://127.0.0.1:{port}/readyz"
        finally:
            process.terminate()
            process.wait(60)


def until_ready(worker: psutil.Process, url: str) -> float:
    """Seconds since its start until it is ready."""
    deadline = time.time() + _PATIENCE_SECONDS
    while time.time() < deadline:
        assert worker.status() != psutil.STATUS_ZOMBIE, "the worker has ended"
        try:
            with urllib.request.urlopen(url, timeout=60):  # noqa: S310 - our own
                return time.time() - worker.create_time()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    msg = "the worker did not become ready"
    raise AssertionError(msg)


async def _load(broker: KafkaSettings, accounts: int, seconds: float) -> None:
    """About 1,000 events a second, of one account after another."""
    number, began = 0, time.monotonic()
    async with producer(broker, "benchmark") as client:
        while time.monotonic() - began < seconds:
            for _ in range(_PER_SLOT):
                number += 1
                account_id = f"account-{number * 7_919 % accounts:08d}"
                at = moment_of(MIDNIGHT + number * SECOND // 1_000)
                event = Event(
                    account_id=account_id,
                    event_name="used",
                    occurred_at=at,
                    received_at=at,
                    source="app",
                    message_id=str(number),
                    hash=number * 0x9E3779B97F4A7C15 % 2**64,
                    user_id=f"{account_id}/1",
                    feature="feature-1",
                )
                await client.send(ACTIVITY.name, encode(event), key=account_id.encode())
            tick = encode(Tick(at=moment_of(MIDNIGHT + number * SECOND // 1_000)))
            for partition in range(PARTITIONS):
                await client.send(ACTIVITY.name, tick, partition=partition)
            await asyncio.sleep(_SLOT_SECONDS)


if __name__ == "__main__":
    main()
