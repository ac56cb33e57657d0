"""An import, whole: read and check a file, see what the log has of it, write the rest, and say what was done."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.codec import encode
from schemas.time import DAY, Instant, iso
from services.ingest.core.admit import LATENESS
from services.ingest.core.privacy import EVERYTHING, Privacy
from services.ingest.history.collect import Collected, Collector
from services.ingest.history.entries import Entries
from services.ingest.history.kinds import Kind, columns_of
from services.ingest.history.punctuation import EndOfImport, PeriodTicks, Punctuation, RepeatedTick, Silence
from services.ingest.history.read import digest, read
from services.ingest.history.rows import FileUnusable
from services.ingest.history.standing import Standing, header, standing
from services.ingest.history.summary import Reporter, Summary
from services.ingest.history.write import LogWriter
from services.runtime.settings import Clock

_STEP = 5_000  # rows between two signs of progress


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be brought in, and how.

    `renamed`: field -> column, where they differ. `at`: when facts are as a sheet says; if not given, now, or
    where the clock of the log stands. `privacy`: what users are called.
    """

    path: Path
    kind: Kind
    clock: Clock
    now: Instant
    renamed: dict[str, str]
    tick: Instant = DAY
    at: Instant | None = None
    encoding: str = "utf-8-sig"
    privacy: Privacy = EVERYTHING


async def bring_in(
    wanted: Import, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, partitions: int, reporter: Reporter
) -> Summary:
    """Bring a file in, once: what the log has of it already is not written again.

    The producer is idempotent; the consumer belongs to no group. Raises `FileUnusable` before anything is written, and
    `NotAcknowledged`. Stopped at any point, it goes on from there when it is started again.
    """
    file = digest(wanted.path)
    there = await standing(
        consumer, wanted.kind, file, partitions=partitions, step=partial(reporter.step, "looking in the log for")
    )
    collected = _collect(wanted, file, there, reporter)
    log = LogWriter(producer, partitions)
    found_there = _found_there(wanted.path, collected.entries, log, there)
    _warn_of_late_rows(wanted, collected, there, reporter)
    punctuation = _punctuation(wanted, log, file, there)
    for done, entry in enumerate(collected.entries, start=1):
        partition = log.partition_of(entry.account_id)
        await punctuation.before(entry.occurred_at)
        if entry.rank > there.ranks[partition]:
            key, value = entry.account_id.encode(), encode(entry.record())
            await log.append(partition, key, value, [header(wanted.kind, file, entry.rank)])
        if done % _STEP == 0:
            reporter.step("writing", done, len(collected.entries))
    await punctuation.end()
    await log.close()
    reporter.step("writing", len(collected.entries), len(collected.entries))
    return Summary(
        path=wanted.path,
        file=file,
        kind=wanted.kind,
        rows=collected.rows,
        refused=collected.refused,
        silent=collected.silent,
        written=len(collected.entries) - found_there,
        found_there=found_there,
        first=collected.first,
        last=collected.last,
    )


def _collect(wanted: Import, file: str, there: Standing, reporter: Reporter) -> Collected:
    rows = read(wanted.path, columns_of(wanted.kind, wanted.renamed), wanted.encoding)
    if wanted.kind is Kind.EVENTS:
        return Collector(wanted.path, file, wanted.clock, wanted.now, reporter, wanted.privacy).events(rows)
    stands = wanted.now if wanted.clock is Clock.LIVE else there.latest_tick
    at = wanted.at if wanted.at is not None else stands
    return Collector(wanted.path, file, wanted.clock, at or 0, reporter).sheet(rows, wanted.kind)


def _punctuation(wanted: Import, log: LogWriter, file: str, there: Standing) -> Punctuation:
    match wanted.clock, wanted.kind:
        case Clock.LOG, Kind.EVENTS:
            return PeriodTicks(log, wanted.tick, there.ticks, wanted.now)
        case Clock.LOG, _:
            return RepeatedTick(log, there.ticks)
        case Clock.LIVE, Kind.EVENTS:
            return EndOfImport(log, file, wanted.now)
        case _:
            return Silence()


def _found_there(path: Path, entries: Entries, log: LogWriter, there: Standing) -> int:
    """How many entries the log has. Raises `FileUnusable` if its rows are not in the order they have now."""
    if not there.has_begun:
        return 0
    count = 0
    for entry in entries:
        partition = log.partition_of(entry.account_id)
        count += entry.rank <= there.ranks[partition]
        if entry.rank == there.ranks[partition] and there.keys[partition] != entry.account_id.encode():
            raise FileUnusable(path, "was imported before with other columns: give the same options to go on with it")
    return count


def _warn_of_late_rows(wanted: Import, collected: Collected, there: Standing, reporter: Reporter) -> None:
    """Say so before a log's own clock makes rows useless: scoring refuses what is later than the allowance."""
    stands, first = there.latest_tick, collected.first
    if stands is None or first is None or there.has_begun or wanted.clock is Clock.LIVE:
        return
    if wanted.kind is Kind.EVENTS and first < stands - LATENESS:
        reporter.warning(
            f"the clock of this log stands at {iso(stands)}, and {wanted.path} begins at {iso(first)}: scoring will "
            "refuse rows more than 48 hours behind as too_late. A log's time only goes forward: use a fresh data folder"
        )
