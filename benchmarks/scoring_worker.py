"""A worker of `services.scoring` that marks its processor time, and ends after so many records.

python -m benchmarks.scoring_worker SERVERS RECORDS
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.broker import PARTITIONS
from benchmarks.keyed.meter import Meter
from services.runtime import collector
from services.runtime.settings import Clock, InstanceSettings, KafkaSettings, read
from services.scoring.app import Job, serve
from services.scoring.changelog import Restoring
from services.scoring.core.partition import Partition
from services.scoring.core.recorded import Recorded
from services.scoring.settings import ScoringBlock, ScoringSettings


class Watched(Restoring):
    """Makes partitions that count what they take."""

    def __init__(self, meter: Meter, done: Callable[[], None]) -> None:
        super().__init__()
        self._meter, self._done = meter, done

    def partition(self, number: int, hot_accounts: int) -> Partition:
        partition: Any = super().partition(number, hot_accounts)
        observe, meter, done = partition.observe, self._meter, self._done

        def counted(record: Recorded) -> object:
            outputs = observe(record)
            if meter.count():
                done()
            return outputs

        partition.observe = counted
        return partition


async def main(servers: str, records: int) -> None:
    """Score, and end."""
    stop, meter = asyncio.Event(), Meter(records)
    with tempfile.TemporaryDirectory() as folder:
        settings = ScoringSettings(
            KafkaSettings(bootstrap_servers=servers, replication=1),
            read(InstanceSettings, data=Path(folder), clock=Clock.LOG, scoring_port=0),
            ScoringBlock(),
        )
        await serve(settings, PARTITIONS, stop, job=Job(lambda: Watched(meter, stop.set)))
    meter.end()


if __name__ == "__main__":
    collector.spare()
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
