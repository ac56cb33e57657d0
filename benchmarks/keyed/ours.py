"""The reference job in Kizashi's own runtime: `services.scoring` as it is, with another core. Outputs are of ticks.

python -m benchmarks.keyed.ours SERVERS TOTAL

The shell reads, batches, claims, flushes every five seconds and commits as it does for the product; only what is
folded out of a record differs.
"""

import asyncio
import sys
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks.broker import PARTITIONS
from benchmarks.keyed.account import CLOSING, EVERY, risk_of
from benchmarks.keyed.meter import Meter
from schemas.activity import Event, Tick
from schemas.time import HOUR, instant_of
from schemas.topics import SCORE_CHANGES
from services.runtime import collector
from services.runtime.settings import Clock, InstanceSettings, KafkaSettings, read
from services.scoring.app import Job, serve
from services.scoring.changelog import Restoring
from services.scoring.core.counted import Counted
from services.scoring.core.header import header_of
from services.scoring.core.partition import Flush, Partition
from services.scoring.core.recorded import Recorded
from services.scoring.settings import ScoringBlock, ScoringSettings

# An account: 60 unsigned numbers of 32 bits, 240 bytes.
TOTAL, APPLIED_LOW, APPLIED_HIGH, AT_HOUR, HOURS, DAYS = 0, 1, 2, 3, 5, 29
_NOBODY = array("I", bytes(240))


class Output(msgspec.Struct):
    """What an event brings out."""

    account_id: str
    message_id: str
    feature: str | None
    hour: int
    hour_count: int
    total: int
    score: float
    reason: str = "hour_count"


class Kept:
    """The accounts of a partition. What the shell asks of them: how many, and how many have changed."""

    hot = 0

    def __init__(self) -> None:
        self.states: dict[str, array[int]] = {}
        self.changed: set[str] = set()

    def __len__(self) -> int:
        return len(self.states)

    @property
    def dirty(self) -> int:
        return len(self.changed)


class Counting:
    """A partition that does the reference job: what the shell asks of the core's `Partition`, and no more."""

    remembered = stream_time = scorecard_version = 0

    def __init__(self, number: int, meter: Meter, done: Callable[[], None]) -> None:
        self.number, self.position, self.accounts = number, -1, Kept()
        self.counts: Counter[Counted] = Counter()
        self._header = header_of(Partition(number).flush().header)
        self._meter, self._done = meter, done
        self._waiting: list[Output] = []

    def observe(self, record: Recorded) -> list[Any]:
        self.position = record.offset
        match record.activity:
            case Event():
                self._count(record.activity)
                if self._meter.count():
                    self._done()
            case Tick():
                told, self._waiting = self._waiting, []
                return told
        return []

    def _count(self, event: Event) -> None:
        kept, account_id = self.accounts, event.account_id
        hour = instant_of(event.occurred_at) // HOUR
        state = kept.states.get(account_id)
        if state is None:
            state = kept.states[account_id] = _NOBODY[:]
            state[AT_HOUR] = hour
        if hour > state[AT_HOUR]:
            _roll(state, hour)
        at = HOURS + hour % 24
        count = state[at] = state[at] + 1
        state[DAYS + hour // 24 % 30] += 1
        state[TOTAL] += 1
        kept.changed.add(account_id)
        if count % EVERY == 0 or event.event_name == CLOSING:
            output = Output(account_id, event.message_id, event.feature, hour, count, state[TOTAL], risk_of(count))
            self._waiting.append(output)

    def flush(self) -> Flush:
        kept, cut = self.accounts, self.position
        low, high = cut & 0xFFFFFFFF, cut >> 32
        accounts = []
        for account_id in kept.changed:
            state = kept.states[account_id]
            state[APPLIED_LOW], state[APPLIED_HIGH] = low, high
            accounts.append((account_id, state.tobytes()))
        kept.changed = set()
        return Flush(cut, accounts, [], self._header._replace(cut=cut).packed())


def _roll(state: "array[int]", hour: int) -> None:
    """Time has come to `hour`: what has become too old is forgotten."""
    before = state[AT_HOUR]
    for passed in range(max(before + 1, hour - 23), hour + 1):
        state[HOURS + passed % 24] = 0
    for passed in range(max(before // 24 + 1, hour // 24 - 29), hour // 24 + 1):
        state[DAYS + passed % 30] = 0
    state[AT_HOUR] = hour


class Beginning(Restoring):
    """An empty changelog: a run begins with the log's first record."""

    def __init__(self, meter: Meter, done: Callable[[], None]) -> None:
        super().__init__()
        self._meter, self._done = meter, done

    def partition(self, number: int, _hot_accounts: int) -> Counting:
        return Counting(number, self._meter, self._done)


async def main(servers: str, total: int) -> None:
    """Do the job, and end."""
    stop, meter = asyncio.Event(), Meter(total)
    with tempfile.TemporaryDirectory() as folder:
        settings = ScoringSettings(
            KafkaSettings(bootstrap_servers=servers, replication=1),
            read(InstanceSettings, data=Path(folder), clock=Clock.LOG, scoring_port=0),
            ScoringBlock(),
        )
        job = Job(lambda: Beginning(meter, stop.set), {SCORE_CHANGES.name: Output})
        await serve(settings, PARTITIONS, stop, job=job)
    meter.end()


if __name__ == "__main__":
    collector.spare()
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
