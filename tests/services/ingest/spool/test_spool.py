"""The spool on a real disk: what was answered is there, whatever was cut off."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from schemas.forgetting import Subject
from services.ingest.outbox import Outgoing
from services.ingest.spool import queries
from services.ingest.spool.opening import SpoolUnusable, open_spool
from services.ingest.spool.spool import Spool, SpoolFull

LIMIT = 8 << 20


def record(number: int, key: bytes | None = b"acme") -> Outgoing:
    return Outgoing("activity.v1", key, b'{"n":%d}' % number, [("kizashi-reason", b"invalid")] if key is None else [])


def opened(file: Path) -> Spool:
    return Spool(file, LIMIT, floor_bytes=0)


def numbers(spool: Spool) -> list[bytes]:
    return [one.record.value for one in spool.head(10_000, 1 << 30)]


@pytest.fixture
def spool(tmp_path):
    spool = opened(tmp_path / "0.sqlite")
    yield spool
    spool.close()


def test_records_come_out_as_they_went_in(spool):
    records = [record(1), record(2, key=None), record(3, key=b"\xff\x00")]
    spool.append(records, kept_at=7)

    assert [one.record for one in spool.head(10, LIMIT)] == records
    assert (spool.content.records, spool.content.oldest_at) == (3, 7)


def test_a_head_holds_so_many_records_and_bytes_and_at_least_one(spool):
    spool.append([record(n) for n in range(5)], kept_at=0)

    assert [len(spool.head(2, LIMIT)), len(spool.head(9, 1)), len(spool.head(9, 250))] == [2, 1, 2]


def test_what_is_dropped_makes_room_and_the_oldest_is_the_next(spool):
    first = spool.append([record(1)], kept_at=1)
    spool.append([record(2)], kept_at=2)
    size = spool.content.bytes
    spool.drop(first)

    assert (numbers(spool), spool.content.oldest_at, spool.content.bytes * 2) == ([b'{"n":2}'], 2, size)


def test_ids_go_on_after_everything_was_dropped(spool):
    last = spool.append([record(1)], kept_at=1)
    spool.drop(last)

    assert spool.is_empty
    assert spool.append([record(2)], kept_at=1) > last


def test_a_spool_that_is_empty_again_gives_its_disk_back(tmp_path):
    spool = opened(tmp_path / "0.sqlite")
    last = spool.append([Outgoing("t", None, b"x" * 100_000, []) for _ in range(50)], kept_at=0)
    spool.drop(last)
    sizes = sum(file.stat().st_size for file in tmp_path.iterdir())
    spool.close()

    assert sizes < 100_000


def test_what_is_forgotten_is_not_in_the_file_any_more(tmp_path):
    spool = opened(tmp_path / "0.sqlite")
    spool.append([Outgoing("t", b"gone", b'{"account_id":"gone","user_id":"a-secret"}', []), record(1)], kept_at=0)
    gone = spool.forget(Subject("account_id", "gone"), 0)
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    left = numbers(spool)
    spool.close()

    assert (gone, left, b"a-secret" in everything) == (1, [b'{"n":1}'], False)


OF_ACME = {
    "event": Outgoing("activity.v1", b"acme", '{"account_id":"acme","user_id":"é"}'.encode(), []),
    "event of another with a plan of that name": Outgoing("activity.v1", b"b", b'{"account_id":"b","plan":"acme"}', []),
    "letter": Outgoing("dead-letters.v1", None, b'{"groupId": "acme", "userId": "\\u00e9"}', []),
    "letter by its key": Outgoing("dead-letters.v1", b"acme", b"{", []),
    "link": Outgoing("user-links.v1", "é".encode(), '{"account_id":"acme","user_id":"é"}'.encode(), []),
}


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        pytest.param(Subject("account_id", "acme"), ["event of another with a plan of that name"], id="account"),
        pytest.param(
            Subject("user_id", "é"), ["event of another with a plan of that name", "letter by its key"], id="user"
        ),
        pytest.param(
            Subject("user_id", "acme"), ["event", "event of another with a plan of that name", "link"], id="x"
        ),
    ],
)
def test_only_what_names_somebody_is_forgotten(spool, subject, left):
    spool.append(list(OF_ACME.values()), kept_at=7)
    spool.forget(subject, 6)
    assert spool.content.records == len(OF_ACME)  # what came later is not meant

    spool.forget(subject, 7)
    assert numbers(spool) == [OF_ACME[name].value for name in left]


def test_a_full_spool_takes_nothing_of_what_does_not_fit(spool):
    big = Outgoing("t", b"k", b"x" * (3 << 20), [])
    spool.append([big], kept_at=0)
    with pytest.raises(SpoolFull, match="3 of 8 MiB"):
        spool.append([big, big], kept_at=0)

    assert (spool.content.records, spool.is_full) == (1, False)


def test_a_disk_that_is_low_is_left_alone(tmp_path):
    spool = Spool(tmp_path / "0.sqlite", LIMIT, floor_bytes=1 << 60)
    with pytest.raises(SpoolFull, match="MiB free"):
        spool.append([record(1)], kept_at=0)
    spool.close()


def test_a_disk_that_refuses_in_the_middle_leaves_what_was_there(spool):
    spool.append([record(1)], kept_at=0)
    spool._connection.execute("PRAGMA max_page_count=4")  # as a full disk would
    with pytest.raises(SpoolFull, match="full"):
        spool.append([Outgoing("t", b"k", b"x" * 100_000, [])], kept_at=0)
    spool._connection.execute("PRAGMA max_page_count=100000")
    spool.append([record(2)], kept_at=0)

    assert numbers(spool) == [b'{"n":1}', b'{"n":2}']


@pytest.fixture
def memory(tmp_path):
    """A folder in memory where there is one: thousands of files are made in it."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    if not shared.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def test_cut_off_at_any_byte_it_holds_exactly_the_commits_before(memory):
    """A power cut leaves the write-ahead log cut off anywhere: each commit before that is there, whole."""
    whole, cut = memory / "whole.sqlite", memory / "cut.sqlite"
    with closing(sqlite3.connect(whole)) as fresh:
        fresh.execute("PRAGMA page_size=512")  # fewer bytes to cut
        fresh.execute("VACUUM")
    spool = opened(whole)
    spool.append([record(n) for n in range(8)], kept_at=0)
    queries.shrink(spool._connection)
    wal = memory / "whole.sqlite-wal"
    durable = {0: 8}  # length of the write-ahead log after a commit: records that were answered by then
    for n in range(2):
        spool.append([record(8 + 2 * n), record(9 + 2 * n)], kept_at=0)
        durable[wal.stat().st_size] = 10 + 2 * n
    written, base = wal.read_bytes(), whole.read_bytes()
    spool.close()

    found = {}
    for length in range(len(written) + 1):
        cut.write_bytes(base)
        (memory / "cut.sqlite-wal").write_bytes(written[:length])
        copy = opened(cut)
        found[length] = numbers(copy)
        copy.close()

    expected = {
        length: max(count for end, count in durable.items() if end <= length) for length in range(len(written) + 1)
    }
    assert len(durable) == 3
    assert {length: len(values) for length, values in found.items()} == expected
    assert all(values == [b'{"n":%d}' % n for n in range(len(values))] for values in found.values())


def test_a_process_that_is_killed_leaves_what_it_had_answered(tmp_path):
    program = (
        "import sys; from pathlib import Path; from services.ingest.outbox import Outgoing;"
        "from services.ingest.spool.spool import Spool;"
        f"spool = Spool(Path({str(tmp_path / '0.sqlite')!r}), {LIMIT}, 0)\n"
        "for n in range(10_000):\n"
        "    spool.append([Outgoing('t', b'k', b'%d' % n, [])], 0); print(n, flush=True)\n"
    )
    with subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answered = [int(process.stdout.readline()) for _ in range(200)][-1]
        process.send_signal(signal.SIGKILL)
    spool = opened(tmp_path / "0.sqlite")
    found = [int(value) for value in numbers(spool)]
    spool.close()

    assert found == list(range(len(found)))
    assert len(found) > answered


def test_a_damaged_spool_is_set_aside_and_what_can_be_read_of_it_is_kept(tmp_path):
    with open_spool(tmp_path, LIMIT, 0) as spool:
        spool.append([Outgoing("t", b"k", b"%d" % n + b"x" * 2_000, []) for n in range(100)], kept_at=0)
    file = tmp_path / "0.sqlite"
    os.truncate(file, file.stat().st_size // 2 // 4096 * 4096)
    with open_spool(tmp_path, LIMIT, 0) as spool:
        kept = numbers(spool)

    assert (tmp_path / "0-damaged-0").exists()
    assert 0 < len(kept) < 100
    assert kept == [b"%d" % n + b"x" * 2_000 for n in range(len(kept))]


def test_what_is_no_database_is_set_aside(tmp_path):
    (tmp_path / "0.sqlite").write_bytes(b"this is no database" * 100)
    with open_spool(tmp_path, LIMIT, 0) as spool:
        assert spool.is_empty


def test_two_processes_have_two_spools_and_who_comes_again_finds_his(tmp_path):
    with open_spool(tmp_path, LIMIT, 0) as first, open_spool(tmp_path, LIMIT, 0) as second:
        first.append([record(1)], kept_at=0)
        second.append([record(2)], kept_at=0)
    with open_spool(tmp_path, LIMIT, 0) as again:
        assert numbers(again) == [b'{"n":1}']


def test_a_folder_that_cannot_be_used_says_so(tmp_path):
    (tmp_path / "spool").write_text("a file")
    with pytest.raises(SpoolUnusable, match="KIZASHI_DATA"), open_spool(tmp_path / "spool", LIMIT, 0):
        pass


def test_a_commit_is_flushed_before_it_is_answered(spool):
    assert spool._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert spool._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert isinstance(spool._connection, sqlite3.Connection)
