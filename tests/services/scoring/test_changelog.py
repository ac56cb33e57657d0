from typing import Any

import pytest

from schemas.time import HOUR
from services.scoring.changelog import HEADER_KEY, Restoring, body_of
from services.scoring.core.header import UnknownFormat
from services.scoring.core.packing import head_of
from services.scoring.core.partition import Partition
from tests.services.scoring.core.folds import states_of
from tests.services.scoring.core.records import DAY_0, event, log_of, tick
from tests.services.scoring.shell import OPENING, partition_from


def flushed(partition: Partition) -> tuple[list[tuple[bytes, bytes | None]], tuple[bytes, bytes]]:
    flush = partition.flush()
    return list(body_of(flush)), (HEADER_KEY, flush.header)


def lived(*activities: Any) -> Partition:
    partition = Partition(0)
    for record in log_of(*OPENING, *activities):
        partition.observe(record)
    return partition


def test_a_body_holds_accounts_under_their_ids_and_hashes_under_keys_no_account_can_have():
    body, (key, _) = flushed(lived(event(DAY_0, "1", "acme"), event(DAY_0, "2", "会社")))
    assert [key for key, _ in body] == [b"acme", "会社".encode(), b"\x00ids" + bytes(8) + bytes(4)]
    assert key == b"\x00header"


def test_a_restored_partition_is_the_one_that_was_flushed():
    partition = lived(event(DAY_0, "1"), tick(DAY_0 + HOUR), event(DAY_0, "2"))
    body, header = flushed(partition)
    restored = partition_from([*body, header])
    assert (restored.position, restored.stream_time, restored.log_id, restored.scorecard, restored.remembered) == (
        partition.position,
        partition.stream_time,
        partition.log_id,
        partition.scorecard,
        2,
    )
    assert states_of(restored) == states_of(partition)


def test_an_empty_changelog_is_the_log_from_its_first_record():
    assert partition_from([]).position == -1


def test_without_its_header_a_flush_moves_nothing_but_its_accounts():
    partition = lived(event(DAY_0, "1"))
    body, header = flushed(partition)
    for record in log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "2"))[3:]:
        partition.observe(record)
    later, _ = flushed(partition)
    restored = partition_from([*body, header, *later])
    assert (restored.position, restored.remembered, restored.accounts["acme"].applied) == (2, 1, 3)


def test_what_a_former_owner_writes_late_is_outdone_by_what_has_seen_more():
    partition = lived(event(DAY_0, "1"))
    old, old_header = flushed(partition)
    partition.observe(log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "2"))[3])
    new, new_header = flushed(partition)
    restored = partition_from([*new, new_header, old[0], old_header])
    assert (restored.position, restored.accounts["acme"].applied) == (3, 3)
    assert head_of(old[0][1] or b"").applied == 2


def test_an_account_and_a_chunk_that_were_deleted_are_gone():
    partition = lived(event(DAY_0, "1"))
    body, header = flushed(partition)
    deletions: list[tuple[bytes, bytes | None]] = [(b"acme", None), (b"nobody", None), (b"\x00ids" + bytes(12), None)]
    with pytest.raises(ValueError, match="has 0 hashes of 1"):
        partition_from([*body, header, *deletions])
    assert len(partition_from([*body, header, *deletions[:2]]).accounts) == 0


def test_a_changelog_that_cannot_be_read_is_refused():
    with pytest.raises(UnknownFormat):
        Restoring().take(HEADER_KEY, b"\x98\x09\x00\x00\xc0\x00\xc0\x80\x80")
    with pytest.raises(ValueError, match="truncated"):
        Restoring().take(HEADER_KEY, None)
