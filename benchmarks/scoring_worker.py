"""A worker of `services.scoring` that marks its processor time, and ends after so many records.

python -m benchmarks.scoring_worker SERVERS RECORDS
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import uvloop

from benchmarks.broker import PARTITIONS
from benchmarks.keyed.meter import mark
from services.runtime import collector
from services.runtime.settings import Clock, InstanceSettings, KafkaSettings, read
from services.scoring.app import Job, serve
from services.scoring.changelog import Restoring
from services.scoring.core.partition import Partition
from services.scoring.settings import ScoringBlock, ScoringSettings

INTERVAL_SECONDS = 0.01


class Watched(Restoring):
    """Marks the beginning, and keeps the partitions it makes and where they began."""

    def __init__(self, made: list[tuple[Partition, int]]) -> None:
        super().__init__()
        self._made = made

    def partition(self, number: int, hot_accounts: int) -> Partition:
        if not self._made:
            mark(0)
        partition = super().partition(number, hot_accounts)
        self._made.append((partition, partition.position))
        return partition


async def main(servers: str, records: int) -> None:
    """Score, and end."""
    stop, made = asyncio.Event(), list[tuple[Partition, int]]()
    watching = asyncio.create_task(_watch(made, records, stop))
    with tempfile.TemporaryDirectory() as folder:
        settings = ScoringSettings(
            KafkaSettings(bootstrap_servers=servers, replication=1),
            read(InstanceSettings, data=Path(folder), clock=Clock.LOG, scoring_port=0),
            ScoringBlock(),
        )
        await serve(settings, PARTITIONS, stop, job=Job(lambda: Watched(made)))
    watching.cancel()
    mark(records)


async def _watch(made: list[tuple[Partition, int]], records: int, stop: asyncio.Event) -> None:
    """End the worker after the last record: looked for now and then, so that no record costs more."""
    while sum(partition.position - start for partition, start in made) < records:  # noqa: ASYNC110 - nobody is told
        await asyncio.sleep(INTERVAL_SECONDS)
    stop.set()


if __name__ == "__main__":
    collector.spare()
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
