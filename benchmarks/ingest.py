"""What an event by HTTP costs: CPU seconds of the server process, as a ratio to two peers in the same run.

python -m benchmarks.ingest [--data DIR] [--rounds 5] [--seconds 4] [--in-company]

Needs a running instance: its own ingest process is what is measured, and the peers (benchmarks/ingest_peers.py) write
to a topic of their own in the same Kafka. The load comes over 32 connections that are kept open. Medians of the rounds,
in which the three take turns.

Nobody reads what the peers write, while an instance scores and serves what ingest does, on the same cores and caches:
so its other services are stopped (SIGSTOP) meanwhile, unless it is asked for a server `--in-company`.
"""

import argparse
import asyncio
import gzip
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil
from aiokafka.admin import NewTopic

from services.runtime.embedded.ports import free_ports, listens
from services.runtime.instance import Run, find_run
from services.runtime.kafka import admin
from services.runtime.scopes import Scope
from services.runtime.settings import KafkaSettings

CONNECTIONS = 32
PARTITIONS = 8
TOPIC = "ingest-benchmark"
COMPANY = {"up", "kafka", "postgres", "ingest"}  # of every server that is measured
NUMBERS = count()


@dataclass(frozen=True)
class Server:
    """Something that takes events."""

    name: str
    port: int
    pid: int


@dataclass(frozen=True)
class Load:
    """How events are sent."""

    name: str
    events: int  # in a request
    is_gzip: bool


LOADS = (
    Load("batches of 100", 100, is_gzip=False),
    Load("batches of 100, gzip", 100, is_gzip=True),
    Load("single", 1, is_gzip=False),
    Load("single, gzip", 1, is_gzip=True),
)


def event() -> dict[str, str]:
    """An event as a product sends it, about 190 bytes; no two are the same."""
    number = next(NUMBERS)
    return {
        "account_id": f"account-{number % 2_000}",
        "user_id": f"user-{number % 20_000}",
        "event_name": "report_exported",
        "feature": "reports",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "message_id": f"benchmark-{time.time_ns()}-{number}",
    }


def request(load: Load, key: str) -> bytes:
    """A whole HTTP request."""
    body = json.dumps([event() for _ in range(load.events)] if load.events > 1 else event()).encode()
    encoding = ""
    if load.is_gzip:
        body, encoding = gzip.compress(body, 1), "Content-Encoding: gzip\r\n"
    return (
        f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\n{encoding}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def cost(server: Server, load: Load, key: str, seconds: float) -> float:
    """Microseconds of the server's CPU for each event."""
    requests = [request(load, key) for _ in range(64 if load.events > 1 else 1_024)]
    process = psutil.Process(server.pid)
    answered = 0
    ends = time.monotonic() + seconds

    async def send(mine: list[bytes]) -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while time.monotonic() < ends:
            for one in mine:
                writer.write(one)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 202"), head
                await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
                answered += load.events
        writer.close()

    before = process.cpu_times()
    await asyncio.gather(*(send(requests[number::CONNECTIONS]) for number in range(CONNECTIONS)))
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / answered * 1e6


@contextmanager
def peer(name: str, run: Run) -> Iterator[Server]:
    """A peer, while the body runs."""
    (port,) = free_ports(1)
    arguments = (name, str(port), run.kafka_bootstrap_servers, TOPIC)
    with subprocess.Popen((sys.executable, "-m", "benchmarks.ingest_peers", *arguments)) as process:
        while not listens(process.pid, port):
            time.sleep(0.1)
        try:
            yield Server(name, port, process.pid)
        finally:
            process.terminate()


@contextmanager
def alone(run: Run) -> Iterator[None]:
    """Nothing of the instance runs but ingest, Kafka and PostgreSQL, while the body does."""
    others = [psutil.Process(pid) for name, pid in run.pids.items() if name not in COMPANY]
    for other in others:
        other.suspend()
    try:
        yield
    finally:
        for other in others:
            other.resume()


async def topic(run: Run, *, is_there: bool) -> None:
    """Make the peers' topic, or remove it."""
    async with admin(KafkaSettings(bootstrap_servers=run.kafka_bootstrap_servers), "benchmark") as client:
        if is_there:
            await client.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
        else:
            await client.delete_topics([TOPIC])


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(".kizashi"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--in-company", action="store_true", help="with scoring, the API and alerts at work beside it")
    arguments = parser.parse_args()
    run = find_run(arguments.data)
    key = run.keys[Scope.INGEST]
    ours = Server("kizashi", int(run.ingest_url.rsplit(":", 1)[1]), run.pids["ingest"])
    asyncio.run(topic(run, is_there=True))
    try:
        with (
            peer("floor", run) as floor,
            peer("idiomatic", run) as idiomatic,
            nullcontext() if arguments.in_company else alone(run),
        ):
            for load in LOADS:
                found = defaultdict(list)
                for _ in range(arguments.rounds):
                    for server in (floor, idiomatic, ours):
                        found[server.name].append(asyncio.run(cost(server, load, key, arguments.seconds)))
                medians = {name: statistics.median(costs) for name, costs in found.items()}
                told = "  ".join(
                    f"{name} {cost_:6.1f} µs ({cost_ / medians['floor']:.2f})" for name, cost_ in medians.items()
                )
                print(f"{load.name:22}  {told}", flush=True)
    finally:
        asyncio.run(topic(run, is_there=False))


if __name__ == "__main__":
    main()
