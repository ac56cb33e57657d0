"""History brought into a real log."""

import csv
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.partitioner import DefaultPartitioner

from schemas.activity import AccountFacts, Activity, Event, ImportEnd, Log, Outcome, Tick
from schemas.codec import decode_activity
from schemas.time import DAY, Instant, instant_of, iso, moment_of, parse_iso
from schemas.topics import ACTIVITY
from services.ingest.history.bring_in import Import, bring_in
from services.ingest.history.kinds import Kind
from services.ingest.history.rows import FileUnusable
from services.ingest.history.summary import RefusedRow, Reporter, Summary
from services.runtime.kafka import consumer, producer
from services.runtime.settings import Clock

NOW = parse_iso("2026-11-22T01:02:03Z")
BEGINS = parse_iso("2026-01-01")


class Stopped(Exception):
    """The import was killed."""


class Telling:
    """Hears what an import says; stops it after so many rows, as a kill would."""

    def __init__(self, stop_after: int | None = None):
        self.refused: list[RefusedRow] = []
        self.warnings: list[str] = []
        self._stop_after = stop_after

    def reporter(self) -> Reporter:
        return Reporter(self.refused.append, self._step, self.warnings.append)

    def _step(self, doing: str, done: int, _total: int | None) -> None:
        if doing == "writing" and self._stop_after is not None and done >= self._stop_after:
            raise Stopped


@pytest.fixture
def history(kafka, log_identity):
    """Brings a file in."""

    async def run(path: Path, kind: Kind = Kind.EVENTS, clock: Clock = Clock.LIVE, **more: Any) -> Summary:
        telling = more.pop("telling", None) or Telling()
        now = more.pop("now", NOW)
        wanted = Import(path, kind, clock, now, more.pop("renamed", {}), **more)
        async with (
            producer(kafka, "tests", max_batch_size=4_096) as writing,
            consumer(kafka, "tests") as reading,
        ):
            return await bring_in(wanted, writing, reading, log_identity.partitions, telling.reporter())

    return run


@pytest.fixture
def log(kafka, log_identity):
    """Reads the log, partition by partition."""

    async def read() -> list[list[Activity]]:
        places = [TopicPartition(ACTIVITY.name, partition) for partition in range(log_identity.partitions)]
        found: dict[TopicPartition, list[Activity]] = {place: [] for place in places}
        async with consumer(kafka, "tests") as client:
            client.assign(places)
            ends = await client.end_offsets(places)
            for place in places:
                while await client.position(place) < ends[place]:
                    record = await client.getone(place)
                    decoded = decode_activity(record.value)
                    found[place].append(decoded)
                    assert record.key == (decoded.account_id.encode() if hasattr(decoded, "account_id") else None)
        return [[record for record in found[place] if not isinstance(record, Log)] for place in places]

    return read


def events_file(folder: Path, rows: list[tuple[str, Instant]], name: str = "events.csv") -> Path:
    path = folder / name
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("account_id", "user_id", "event_name", "feature", "timestamp"))
        writer.writerows((account, "u", "login", "", iso(at)) for account, at in rows)
    return path


ROWS = [(f"a{n % 13}", BEGINS + n * DAY // 50) for n in range(12_000)]  # 240 days


def flat(partitions: list[list[Activity]]) -> list[Activity]:
    return [record for records in partitions for record in records]


async def test_history_of_a_live_instance_is_backfill_by_time_with_an_end_in_every_partition(tmp_path, history, log):
    shuffled = [ROWS[(n * 7_919) % len(ROWS)] for n in range(len(ROWS))]
    summary = await history(events_file(tmp_path, shuffled))
    partitions = await log()

    assert (summary.rows, summary.written, summary.found_there, summary.refused) == (12_000, 12_000, 0, 0)
    for records in partitions:
        *events, end = records
        assert isinstance(end, ImportEnd)
        assert end.file == summary.file
        times = [event.occurred_at for event in events if isinstance(event, Event) and event.backfill]
        assert times == sorted(times)
        assert len(times) == len(events)
        rows = [event.imported.row for event in events if isinstance(event, Event) and event.imported]
        assert rows == sorted(set(rows))
    assert sorted(
        (event.account_id, instant_of(event.occurred_at)) for event in flat(partitions) if isinstance(event, Event)
    ) == sorted(ROWS)


async def test_accounts_lie_where_kafkas_own_clients_put_them(tmp_path, history, log):
    await history(events_file(tmp_path, ROWS[:100]))
    places = list(range(4))

    for partition, records in enumerate(await log()):
        for record in records:
            if isinstance(record, Event):
                assert DefaultPartitioner()(record.account_id.encode(), places, places) == partition


@pytest.mark.parametrize("clock", Clock)
async def test_a_second_import_writes_no_row_again(tmp_path, history, log, clock):
    path = events_file(tmp_path, ROWS[:500])
    await history(path, clock=clock)
    before = [record for record in flat(await log()) if isinstance(record, Event)]
    summary = await history(path, clock=clock)
    after = [record for record in flat(await log()) if isinstance(record, Event)]

    assert after == before
    assert (summary.written, summary.found_there) == (0, 500)


async def test_identical_rows_are_events_of_their_own(tmp_path, history, log):
    await history(events_file(tmp_path, [("acme", BEGINS)] * 3))
    events = [record for record in flat(await log()) if isinstance(record, Event)]

    assert len({event.hash for event in events}) == 3


@pytest.mark.parametrize("clock", Clock)
async def test_an_import_that_was_killed_goes_on_where_it_was(tmp_path, history, log, clock):
    path = events_file(tmp_path, ROWS)
    with pytest.raises(Stopped):
        await history(path, clock=clock, telling=Telling(stop_after=5_000))
    half = sum(isinstance(record, Event) for record in flat(await log()))
    summary = await history(path, clock=clock)
    resumed = await log()

    assert 0 < half < 12_000
    assert (summary.written, summary.found_there) == (12_000 - half, half)
    events = [record for record in flat(resumed) if isinstance(record, Event)]
    assert len(events) == len({event.hash for event in events}) == 12_000


async def test_time_of_the_log_is_told_after_every_day_in_every_partition(tmp_path, history, log):
    """A tick stands behind all of its day in each partition, and ahead of all that comes later.

    day:   |1      |2      |3      |4      |
    rows:   a    b                  a
    ticks:         T       T       T       T
    """
    rows = [("a", BEGINS), ("b", BEGINS + DAY - 1), ("a", BEGINS + 3 * DAY)]
    await history(events_file(tmp_path, rows), clock=Clock.LOG)

    for records in await log():
        assert [record.at for record in records if isinstance(record, Tick)] == [
            moment_of(BEGINS + days * DAY) for days in (1, 2, 3, 4)
        ]
        stream_time = moment_of(0)
        for record in records:
            if isinstance(record, Tick):
                stream_time = record.at
            if isinstance(record, Event):
                assert record.occurred_at >= stream_time
                assert record.received_at == record.occurred_at
                assert not record.backfill


async def test_ticks_never_go_back_when_an_import_goes_on(tmp_path, history, log):
    path = events_file(tmp_path, ROWS)
    with pytest.raises(Stopped):
        await history(path, clock=Clock.LOG, telling=Telling(stop_after=5_000))
    await history(path, clock=Clock.LOG)
    await history(path, clock=Clock.LOG)

    for records in await log():
        ticks = [record.at for record in records if isinstance(record, Tick)]
        assert ticks == [moment_of(BEGINS + days * DAY) for days in range(1, 241)]


async def test_the_log_does_not_run_ahead_of_the_world(tmp_path, history, log):
    await history(events_file(tmp_path, [("a", NOW - 1_000)]), clock=Clock.LOG)

    assert {record.at for record in flat(await log()) if isinstance(record, Tick)} == {moment_of(NOW)}


async def test_a_file_older_than_the_clock_of_the_log_is_warned_about(tmp_path, history):
    await history(events_file(tmp_path, [("a", BEGINS + 9 * DAY)]), clock=Clock.LOG)
    telling = Telling()
    await history(events_file(tmp_path, [("a", BEGINS)], "older.csv"), clock=Clock.LOG, telling=telling)

    assert len(telling.warnings) == 1
    assert "stands at 2026-01-11T00:00:00.000Z" in telling.warnings[0]


async def test_lines_that_cannot_be_used_are_reported_and_the_rest_is_brought_in(tmp_path, history, log):
    path = tmp_path / "events.csv"
    path.write_text(
        "account_id,event_name,timestamp\n"
        "acme,login,2026-01-01\n"
        "acme,login\n"
        ",login,2026-01-01\n"
        "acme,login,yesterday\n"
        "acme,login,\n"
        "acme,login,2027-01-01\n"
        "acme,login,2026-01-02\n"
    )
    telling = Telling()
    summary = await history(path, telling=telling)

    assert (summary.rows, summary.written, summary.refused) == (7, 2, 5)
    assert [(row.line, row.why.partition(":")[0]) for row in telling.refused] == [
        (3, "2 cells, and the heading has 3"),
        (4, "account_id is missing"),
        (5, "timestamp 'yesterday' is not a time"),
        (6, "timestamp '' is not a time"),
        (7, "timestamp 2027-01-01T00"),
    ]
    assert sum(isinstance(record, Event) for record in flat(await log())) == 2


async def test_a_file_imported_with_other_columns_before_is_refused(tmp_path, history):
    path = tmp_path / "events.csv"
    path.write_text("account_id,other,event_name,timestamp\n" + "".join(f"a{n},b{n},x,2026-01-01\n" for n in range(50)))
    await history(path)

    with pytest.raises(FileUnusable, match="with other columns"):
        await history(path, renamed={"account_id": "other"})


async def test_an_empty_file_brings_nothing_but_its_end(tmp_path, history, log):
    summary = await history(events_file(tmp_path, []))

    assert (summary.rows, summary.first) == (0, None)
    assert [type(record) for record in flat(await log())] == [ImportEnd] * 4


async def test_a_roster_is_brought_in_once(tmp_path, history, log):
    path = tmp_path / "roster.csv"
    path.write_text("account_id,name,seats,arr\nacme,Acme,12,1200.50\n,Nobody,1,1\nbeta,,,\n")
    first = await history(path, Kind.ACCOUNTS)
    second = await history(path, Kind.ACCOUNTS)
    found = {record.account_id: record for record in flat(await log()) if isinstance(record, AccountFacts)}

    assert (first.written, first.refused, second.written, second.found_there) == (2, 1, 0, 2)
    assert (found["acme"].seats, found["acme"].arr_cents) == (12, 120_050)
    assert found["beta"].said() == []


async def test_outcomes_of_a_log_are_known_where_its_clock_stands(tmp_path, history, log):
    await history(events_file(tmp_path, ROWS), clock=Clock.LOG)
    path = tmp_path / "outcomes.csv"
    path.write_text(
        "account_id,churned_at,observed_until,label_kind\na1,2026-05-01,2026-08-29,explicit\na2,,2026-08-29,x\n"
    )
    summary = await history(path, Kind.OUTCOMES, Clock.LOG)
    partitions = await log()
    (outcome,) = [record for record in flat(partitions) if isinstance(record, Outcome)]

    assert (summary.written, summary.silent) == (1, 1)
    assert outcome.received_at == moment_of(BEGINS + 240 * DAY)
    for records in partitions:
        assert [record.at for record in records[-1:] if isinstance(record, Tick)] == [moment_of(BEGINS + 240 * DAY)]


async def test_a_row_without_a_time_did_not_happen_now(tmp_path, history):
    path = tmp_path / "events.jsonl"
    path.write_text('{"account_id":"acme","event_name":"login"}\n')
    telling = Telling()
    await history(path, telling=telling)

    assert [row.why for row in telling.refused] == ["timestamp is missing: say when it happened"]


async def test_a_file_may_be_a_sheet_of_several_kinds(tmp_path, history):
    path = tmp_path / "customers.csv"
    path.write_text("account_id,plan,churned_at\nacme,pro,2026-05-01\n")

    assert (await history(path, Kind.ACCOUNTS)).written == 1
    assert (await history(path, Kind.OUTCOMES)).written == 1
