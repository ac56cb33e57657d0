"""The product's own scoring, end to end through Kafka: the shipped scorecard, 8 partitions, one worker.

python -m benchmarks.scoring [--events 1000000] [--accounts 25000] [--history-days 60] [--json]

The accounts and events of benchmarks/core.py. First history with daily ticks; then another worker takes over from the
changelog and scores as many events live, 2,000 a second with a tick every 250 ms. Both catch up with a log that is
there. Processor time from the restored partitions until everything is delivered, flushed and committed.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import results
from benchmarks.broker import PARTITIONS, make_topics, running_broker
from benchmarks.core import MIDNIGHT, RATE, TICK, Product
from benchmarks.keyed.load import Writer, partition_of
from benchmarks.peers import Mark, marks_of
from schemas.activity import Activity, Event, Log, Publication, Tick
from schemas.codec import encode
from schemas.time import DAY, SECOND, Instant, moment_of
from schemas.topics import ACTIVITY, TOPICS
from services.runtime.kafka import producer
from services.runtime.settings import KafkaSettings
from services.scoring.core import ENGINE
from services.scoring.scorecard_file import digest_of, read_scorecard

CARD = Path("scorecards/default.yaml")
Placed = Iterator[tuple[bytes | None, Activity]]  # without a key: for every partition


def main() -> None:
    """Measure both, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="in each of the two phases")
    parser.add_argument("--accounts", type=int, default=25_000)
    parser.add_argument("--history-days", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="say it as JSON, and write nothing")
    arguments = parser.parse_args()
    product, count = Product(arguments.accounts, seed=1), arguments.events
    first = MIDNIGHT - arguments.history_days * DAY
    with running_broker() as broker:
        asyncio.run(make_topics(broker, {topic.name: topic.configuration() for topic in TOPICS}))
        for bench, begins, ends, every in (
            ("scoring-history", first, MIDNIGHT, DAY),
            ("scoring-end-to-end", MIDNIGHT, MIDNIGHT + count * SECOND // RATE, TICK),
        ):
            start = opening() if begins == first else []
            ticked = _ticked(product.events(count, begins, ends), every)
            records = asyncio.run(write(broker, start, ticked))
            command = sys.executable, "-m", "benchmarks.scoring_worker", broker.bootstrap_servers, str(records)
            row = _row(bench, marks_of(command, bench, records), count)
            if arguments.json:
                print(json.dumps(row), flush=True)
            else:
                print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
                results.merge([row])


def opening() -> list[Activity]:
    """What a log begins with."""
    card = read_scorecard(CARD)
    return [
        Log(log_id="benchmark", partitions=PARTITIONS, engine=ENGINE),
        Publication(version=1, hash=digest_of(card), scorecard=card),
    ]


def _ticked(events: Iterable[tuple[Instant, Event]], every: Instant) -> Placed:
    """The events, and a tick at every multiple of `every` that is passed, and at the next one."""
    next_tick = 0
    for at, event in events:
        next_tick = next_tick or at // every * every + every
        while at >= next_tick:
            yield None, Tick(at=moment_of(next_tick))
            next_tick += every
        yield event.account_id.encode(), event
    yield None, Tick(at=moment_of(next_tick))


async def write(broker: KafkaSettings, start: Iterable[Activity], ticked: Placed) -> int:
    """Write the log on; how many records that were."""
    written = 0
    async with producer(broker, "benchmark", compression_type=None, max_batch_size=131_072) as client:
        writer = Writer(client, ACTIVITY.name)
        for key, activity in (*((None, one) for one in start), *ticked):
            places = range(PARTITIONS) if key is None else [partition_of(key)]
            for place in places:
                await writer.append(place, key, encode(activity))
                written += 1
        await writer.end()
    return written


def _row(bench: str, marks: list[Mark], events: int) -> results.Row:
    first, last = marks[0], marks[-1]
    passed = last["wall_s"] - first["wall_s"]
    return {
        "bench": bench,
        "system": "kizashi",
        "cpu_us_per_event": round((last["cpu_s"] - first["cpu_s"]) / events * 1e6, 2),
        "events_per_s": round(events / passed),
        "rss_mb": last["rss_mb"],
        "seconds": round(passed, 1),
    }


if __name__ == "__main__":
    main()
