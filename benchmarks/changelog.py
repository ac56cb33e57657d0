"""What the changelog takes: bytes a day at 2,000 events a second, beside those of the events themselves. No Kafka.

python -m benchmarks.changelog [--accounts 50000] [--flush 5] [--seconds 20] [--history-days 60]

One partition of eight lives through so many seconds, with ticks, and is flushed every so often; every account is as
busy as any other, which is the worst case. Sizes are those of batches as brokers store them: of up to 900 kB by zstd
for the changelog, of 8 events by snappy for the log, which is what a busy ingest makes of them.
"""

import argparse
import random
from collections.abc import Iterable

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from schemas.activity import Activity, Event, Log, Publication, Tick
from schemas.codec import encode
from schemas.time import DAY, SECOND, Instant, moment_of, parse_iso
from services.runtime.shipped import shipped
from services.scoring.changelog import HEADER_KEY, body_of
from services.scoring.core import ENGINE
from services.scoring.core.partition import Partition, Recorded
from services.scoring.scorecard_file import digest_of, read_scorecard

START = parse_iso("2026-01-05T00:00:00Z")
PARTITIONS, RATE, TICKS = 8, 2_000, 4  # ticks a second
BATCH_BYTES, BATCH_EVENTS = 900_000, 8
DAY_SECONDS = 86_400
SNAPPY, ZSTD = 2, 4  # as Kafka numbers them
Pair = tuple[bytes | None, bytes | None]


class Life:
    """A partition and its accounts."""

    def __init__(self, accounts: int) -> None:
        """Nothing has happened."""
        self.partition = Partition(0, hot_accounts=accounts)
        self._accounts = accounts
        self._random = random.Random(1)  # noqa: S311 - a simulation

    def take(self, activity: Activity, at: Instant) -> None:
        """The next record."""
        self.partition.observe(Recorded(self.partition.position + 1, at, activity, None, None))

    def event(self, at: Instant, number: int) -> Event:
        """One of an account of any."""
        identity = self._random.getrandbits(63)
        return Event(
            account_id=f"account-{number:08d}",
            event_name="feature_used",
            occurred_at=moment_of(at),
            received_at=moment_of(at),
            source="app",
            message_id=f"{identity:016x}-{self._random.getrandbits(64):016x}",
            hash=identity,
            user_id=f"user-{number:08d}-{self._random.randrange(8)}",
            feature=f"feature-{self._random.randrange(12)}",
        )

    def second(self, at: Instant) -> list[Pair]:
        """A second of the log."""
        written: list[Pair] = []
        for quarter in range(TICKS):
            now = at + quarter * SECOND // TICKS
            for _ in range(RATE // PARTITIONS // TICKS):
                event = self.event(now, self._random.randrange(self._accounts))
                self.take(event, now)
                written.append((event.account_id.encode(), encode(event)))
            tick = Tick(at=moment_of(now))
            self.take(tick, now)
            written.append((None, encode(tick)))
        return written


def stored(records: Iterable[Pair], codec: int) -> int:
    """Bytes of the records as batches."""
    total, count = 0, 0
    builder = _builder(codec)
    for key, value in records:
        if builder.append(count, 0, key, value, []) is None:
            total, count, builder = total + len(builder.build()), 0, _builder(codec)
            builder.append(0, 0, key, value, [])
        count += 1
    return total + (len(builder.build()) if count else 0)


def _builder(codec: int) -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(2, codec, 0, 1, 0, 0, BATCH_BYTES)  # format 2, as an idempotent producer's


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--flush", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--history-days", type=int, default=60)
    arguments = parser.parse_args()
    accounts = arguments.accounts // PARTITIONS
    life = Life(accounts)
    card = read_scorecard(shipped("scorecards") / "default.yaml")
    life.take(Log(log_id="benchmark", partitions=PARTITIONS, engine=ENGINE), START)
    life.take(Publication(version=1, hash=digest_of(card), scorecard=card), START)
    for day in range(0, arguments.history_days, 3):
        for number in range(accounts):
            at = START - (arguments.history_days - day) * DAY
            life.take(life.event(at, number), at)
    life.take(Tick(at=moment_of(START)), START)
    life.partition.flush()
    of_events = of_changelog = unpacked = records = 0
    for second in range(1, arguments.seconds + 1):
        written = life.second(START + second * SECOND)
        of_events += sum(stored(written[at : at + BATCH_EVENTS], SNAPPY) for at in range(0, len(written), BATCH_EVENTS))
        if second % arguments.flush == 0:
            flush = life.partition.flush()
            body = list(body_of(flush))
            of_changelog += stored(body, ZSTD) + stored([(HEADER_KEY, flush.header)], ZSTD)
            unpacked += sum(len(key) + len(value or b"") for key, value in body)
            records += len(body)
    a_day = PARTITIONS * DAY_SECONDS / arguments.seconds / 1e9
    print(
        f"{arguments.accounts} accounts, flushed every {arguments.flush} s, at {RATE} events/s: "
        f"events {of_events * a_day:.1f} GB a day, changelog {of_changelog * a_day:.1f} GB "
        f"({unpacked * a_day:.1f} GB before zstd; {unpacked // records} -> {of_changelog // records} bytes a record)"
    )


if __name__ == "__main__":
    main()
