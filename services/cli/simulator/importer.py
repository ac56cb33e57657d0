"""Simulated files brought into the log, as `kizashi import` does it."""

from collections.abc import Callable
from pathlib import Path

from schemas.time import DAY, Instant
from services.ingest.history.bring_in import Import, bring_in
from services.ingest.history.kinds import Kind
from services.ingest.history.summary import RefusedRow, Reporter
from services.runtime.clock import now
from services.runtime.kafka import consumer, producer
from services.runtime.log import read_log
from services.runtime.settings import Clock, KafkaSettings

_CLIENT = "kizashi-simulate"
_BATCH_BYTES = 262_144  # compresses well, and is far below the broker's limit


class RowRefused(Exception):
    """A simulated row was not taken: a mistake of ours."""

    def __init__(self, row: RefusedRow) -> None:
        super().__init__(f"{row.path}, line {row.line}: {row.why}")


class Importer:
    """Brings files into one instance, each once however often it is asked. `written` counts the rows."""

    def __init__(self, kafka: KafkaSettings, clock: Clock, report: Callable[[str], None]) -> None:
        self._kafka = kafka
        self._clock = clock
        self._report = report
        self.written = 0

    async def events(self, path: Path, tick: Instant) -> None:
        """A file of events; returns when Kafka has all of it."""
        await self._bring_in(path, Kind.EVENTS, tick)

    async def roster(self, path: Path) -> None:
        """A file of accounts; returns when Kafka has all of it."""
        await self._bring_in(path, Kind.ACCOUNTS, DAY)

    async def _bring_in(self, path: Path, kind: Kind, tick: Instant) -> None:
        wanted = Import(path, kind, self._clock, now(), renamed={}, tick=tick)
        partitions = (await read_log(self._kafka)).partitions
        async with (
            producer(self._kafka, _CLIENT, max_batch_size=_BATCH_BYTES) as writing,
            consumer(self._kafka, _CLIENT) as reading,
        ):
            summary = await bring_in(wanted, writing, reading, partitions, self._reporter(kind))
        self.written += summary.written

    def _reporter(self, kind: Kind) -> Reporter:
        def refused(row: RefusedRow) -> None:
            raise RowRefused(row)

        def step(doing: str, done: int, total: int | None) -> None:
            if doing == "writing" and total:
                self._report(f"Bringing in {kind}: {done:,} of {total:,}")

        return Reporter(refused=refused, step=step, warning=self._report)
