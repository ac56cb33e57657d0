"""What the pure core costs: events per CPU-second of folding one partition, no Kafka, nothing delivered.

python -m benchmarks.core [--events 2000000] [--accounts 50000] [--history-days 60] [--scorecard FILE] [--json]

First history with daily ticks, every account looked at each day of its life; then, from midnight on, the same accounts
live, 2,000 events a second with a tick every 250 ms. Records are made before the clock starts: decoding is not in the
figures. Python's garbage collector is set as the scoring worker sets it. The counters are printed, so that a run whose
events are all too late or all duplicates shows itself.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from schemas.activity import Activity, Event, Log, Publication, Tick
from schemas.time import DAY, SECOND, Instant, moment_of, parse_iso
from services.runtime import collector
from services.scoring.core import ENGINE
from services.scoring.core.partition import Partition, Recorded
from services.scoring.scorecard_file import digest_of, read_scorecard

MIDNIGHT = parse_iso("2026-03-02T00:00:00Z")
RATE = 2_000  # events a second, live
TICK = SECOND // 4
FEATURES = [f"feature-{number}" for number in range(12)]
CHUNK = 100_000  # records made at a time


class Product:
    """A seeded product: a few accounts do most of what is done (Zipf), each has a handful of users."""

    def __init__(self, accounts: int, seed: int) -> None:
        """No event yet."""
        self._random = random.Random(seed)  # noqa: S311 - a simulation
        self._accounts = [f"account-{number}" for number in range(accounts)]
        self._weights: list[float] = []
        total = 0.0
        for rank in range(1, accounts + 1):
            total += 1 / rank
            self._weights.append(total)
        self._sent = 0

    def events(self, count: int, begins: Instant, ends: Instant) -> list[tuple[Instant, Event]]:
        """So many events, evenly from `begins` to `ends`."""
        chosen = self._random.choices(self._accounts, cum_weights=self._weights, k=count)
        made = []
        for number, account_id in enumerate(chosen):
            at = begins + (ends - begins) * number // count
            self._sent += 1
            user = min(9, int(self._random.expovariate(0.5)))
            made.append(
                (
                    at,
                    Event(
                        account_id=account_id,
                        event_name="used",
                        occurred_at=moment_of(at),
                        received_at=moment_of(at),
                        source="app",
                        message_id=str(self._sent),
                        hash=self._random.getrandbits(64),
                        user_id=f"{account_id}/{user}",
                        feature=self._random.choice(FEATURES),
                    ),
                )
            )
        return made


def with_ticks(events: list[tuple[Instant, Event]], every: Instant) -> Iterator[tuple[Instant, Activity]]:
    """The events, and a tick at every multiple of `every` that is passed."""
    next_tick = events[0][0] // every * every + every
    for at, event in events:
        while at >= next_tick:
            yield next_tick, Tick(at=moment_of(next_tick))
            next_tick += every
        yield at, event


def fold(partition: Partition, activities: Iterator[tuple[Instant, Activity]]) -> tuple[float, int]:
    """CPU-seconds that the partition took for them, and how many changes came out."""
    spent, changes, offset = 0.0, 0, partition.position
    while True:
        records = []
        for at, activity in activities:
            offset += 1
            records.append(Recorded(offset, at, activity, None, None))
            if len(records) == CHUNK:
                break
        if not records:
            return spent, changes
        began = time.process_time()
        for record in records:
            changes += len(partition.observe(record))
        spent += time.process_time() - began


def main() -> None:
    """Fold both, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000_000, help="in each of the two phases")
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--history-days", type=int, default=60)
    parser.add_argument("--scorecard", type=Path, default=Path("scorecards/default.yaml"))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    scorecard = read_scorecard(arguments.scorecard)
    partition = Partition(0, hot_accounts=arguments.accounts)
    first = MIDNIGHT - arguments.history_days * DAY
    start: list[tuple[Instant, Activity]] = [
        (first, Log(log_id="benchmark", partitions=1, engine=ENGINE)),
        (first, Publication(version=1, hash=digest_of(scorecard), scorecard=scorecard)),
    ]
    fold(partition, iter(start))
    product = Product(arguments.accounts, seed=1)
    phases = {
        "history, daily ticks": (product.events(arguments.events, first, MIDNIGHT), DAY),
        "live, ticks of 250 ms": (
            product.events(arguments.events, MIDNIGHT, MIDNIGHT + arguments.events * SECOND // RATE),
            TICK,
        ),
    }
    for name, (events, every) in phases.items():
        before = partition.counts
        spent, changes = fold(partition, with_ticks(events, every))
        found = {
            "bench": f"core: {name}",
            "events_per_cpu_s": round(arguments.events / spent),
            "cpu_us_per_event": round(spent / arguments.events * 1e6, 2),
            "changes": changes,
            "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            **{counted.value: count for counted, count in (partition.counts - before).items()},
        }
        print(json.dumps(found) if arguments.json else "  ".join(f"{key} {value}" for key, value in found.items()))


if __name__ == "__main__":
    collector.spare()
    main()
