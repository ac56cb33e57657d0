"""How long a partition stands still when a worker joins, and when one is killed.

python -m benchmarks.rebalance [--accounts 50000]

One worker scores; a second joins, and is killed by SIGKILL once both have settled. Meanwhile moment events, each of an
account of its own, come to every partition twenty times a second and bring out a change at once: the longest time
without a change in any partition is what is measured. The kill's includes the session timeout, 10 s by default.
"""

import argparse
import asyncio
import itertools
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks import results
from benchmarks.broker import PARTITIONS, running_broker
from benchmarks.core import MIDNIGHT
from benchmarks.keyed.load import partition_of
from benchmarks.latency import MOMENT
from benchmarks.restore import lived, prepare, started, until_ready
from schemas.activity import Event
from schemas.codec import encode
from schemas.time import moment_of
from schemas.topics import ACTIVITY, SCORE_CHANGES
from services.runtime.kafka import consumer, producer
from services.runtime.settings import KafkaSettings

EVENTS_OF_KINDS = 60_000
APART_SECONDS = 0.05
SETTLED_SECONDS = 8.0
SESSION_SECONDS = 10.0  # until then nobody knows of the kill
RECENT_SECONDS = 1.0
PATIENCE_SECONDS = 120.0

Arrivals = dict[int, list[float]]


def main() -> None:
    """Measure both, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=50_000)
    arguments = parser.parse_args()
    kinds = lived(EVENTS_OF_KINDS)
    with running_broker() as broker:
        asyncio.run(prepare(broker, kinds, arguments.accounts))
        rows = asyncio.run(_measure(broker))
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    results.merge(rows)


async def _measure(broker: KafkaSettings) -> list[results.Row]:
    arrivals: Arrivals = defaultdict(list)
    with started(broker) as (first, first_url):
        await asyncio.to_thread(until_ready, first, first_url)
        async with (
            producer(broker, "benchmark") as client,
            consumer(broker, "benchmark", SCORE_CHANGES.name, fetch_max_wait_ms=20) as reader,
        ):
            tasks = [asyncio.create_task(_send(client)), asyncio.create_task(_read(reader, arrivals))]
            await asyncio.sleep(SETTLED_SECONDS)
            joins = time.monotonic()
            with started(broker) as (second, second_url):
                await asyncio.to_thread(until_ready, second, second_url)
                await asyncio.sleep(SETTLED_SECONDS)
                killed = time.monotonic()
                second.kill()
                await asyncio.sleep(SESSION_SECONDS)
                await _all_speak(arrivals)
            ends = time.monotonic()
            for task in tasks:
                task.cancel()
    return [
        {"bench": "rebalance-join", "system": "kizashi", "seconds": round(_longest(arrivals, joins, killed), 2)},
        {"bench": "rebalance-kill", "system": "kizashi", "seconds": round(_longest(arrivals, killed, ends), 2)},
    ]


async def _all_speak(arrivals: Arrivals) -> None:
    """Until there are changes of every partition again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while min(of_partition[-1] for of_partition in arrivals.values()) < time.monotonic() - RECENT_SECONDS:  # noqa: ASYNC110 - polled
            await asyncio.sleep(RECENT_SECONDS / 10)


def _longest(arrivals: Arrivals, begins: float, ends: float) -> float:
    """The longest silence of any partition between two instants."""
    assert len(arrivals) == PARTITIONS, "a partition was never heard of"
    longest = 0.0
    for of_partition in arrivals.values():
        heard = [begins, *(at for at in of_partition if begins <= at <= ends), ends]
        longest = max(longest, *(later - before for before, later in itertools.pairwise(heard)))
    return longest


async def _send(client: AIOKafkaProducer) -> None:
    """A moment to every partition, again and again."""
    places = {place: _accounts(place) for place in range(PARTITIONS)}
    while True:
        for accounts in places.values():
            account_id = next(accounts)
            await client.send(ACTIVITY.name, _moment(account_id), key=account_id.encode())
        await asyncio.sleep(APART_SECONDS)


def _accounts(place: int) -> Iterator[str]:
    """Names that were never used, of accounts that live in one partition."""
    run = uuid.uuid4().hex[:8]
    for number in itertools.count():
        if partition_of((account_id := f"moment-{run}-{number}").encode()) == place:
            yield account_id


def _moment(account_id: str) -> bytes:
    at = moment_of(MIDNIGHT)
    return encode(
        Event(
            account_id=account_id,
            event_name=MOMENT,
            occurred_at=at,
            received_at=at,
            source="app",
            message_id=account_id,
            hash=uuid.uuid4().int % 2**64,
            user_id=f"{account_id}/1",
        )
    )


async def _read(reader: AIOKafkaConsumer, arrivals: Arrivals) -> None:
    async for record in reader:
        arrivals[record.partition].append(time.monotonic())


if __name__ == "__main__":
    main()
