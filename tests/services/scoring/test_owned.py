import asyncio
from itertools import pairwise
from typing import Any

import pytest

from schemas.changes import ScoreChange
from schemas.codec import decode_condition, decode_score_change
from schemas.conditions import Condition
from schemas.rules import LevelRule
from schemas.topics import ACTIVITY, ALERT_CONDITIONS, DEAD_LETTERS, SCORE_CHANGES
from services.scoring.core.partition import Partition
from services.scoring.owned import MOST_DIRTY, MOST_PENDING, Owned
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.records import DAY_0, LOG, event, log_of, publication, tick
from tests.services.scoring.shell import (
    CHANGELOG,
    Claims,
    Remembering,
    Unacknowledged,
    delivery,
    partition_from,
)

OPENING = (LOG, publication(minimum_age_days=0, rules=(LevelRule(name="any", threshold=1),)))
LOGGED = log_of(*OPENING, event(DAY_0, "1"), None, tick(DAY_0), event(DAY_0, "2"))


def owned_by(publisher: Remembering, failures: list[BaseException] | None = None, flush_seconds: float = 5.0) -> Owned:
    kept = [] if failures is None else failures
    return Owned(Partition(0), delivery(publisher, flush_seconds), kept.append)


async def test_what_comes_out_is_delivered_at_once_and_the_state_when_a_flush_is_due():
    publisher = Remembering()
    owned = owned_by(publisher)
    owned.apply(LOGGED)
    owned.deliver()
    await asyncio.sleep(1)
    assert (publisher.order, owned.committable) == ([SCORE_CHANGES.name, ALERT_CONDITIONS.name, DEAD_LETTERS.name], 0)
    await asyncio.sleep(5)
    assert publisher.order == [SCORE_CHANGES.name, ALERT_CONDITIONS.name, DEAD_LETTERS.name, CHANGELOG, "header"]
    assert (owned.committable, owned.flushes) == (6, 1)
    assert partition_from(publisher.changelog).position == 5
    await owned.drain()


async def test_what_comes_out_of_several_slices_is_delivered_at_once():
    publisher = Remembering()
    owned = owned_by(publisher)
    for record in LOGGED:
        owned.apply([record])
        await asyncio.sleep(0.1)
    assert publisher.order == []
    owned.deliver()
    await asyncio.sleep(0.1)
    assert publisher.order == [SCORE_CHANGES.name, ALERT_CONDITIONS.name, DEAD_LETTERS.name]
    await owned.drain()


async def test_changes_and_conditions_are_keyed_by_account_and_encoded_as_they_are():
    publisher = Remembering()
    owned = owned_by(publisher)
    owned.apply(LOGGED)
    await owned.drain()
    changes = [decode_score_change(value) for topic, _, value in publisher.written if topic == SCORE_CHANGES.name]
    assert changes == [output for output in fold(LOGGED).outputs if isinstance(output, ScoreChange)]
    conditions = [decode_condition(value) for topic, _, value in publisher.written if topic == ALERT_CONDITIONS.name]
    assert conditions == [output for output in fold(LOGGED).outputs if isinstance(output, Condition)]
    for topic in (SCORE_CHANGES.name, ALERT_CONDITIONS.name):
        assert {key for name, key, _ in publisher.written if name == topic} == {b"acme"}


async def test_a_dead_letter_keeps_its_bytes_and_says_why_and_where_from():
    publisher = Remembering()
    owned = owned_by(publisher)
    owned.apply(LOGGED)
    await owned.drain()
    assert [(key, value) for topic, key, value in publisher.written if topic == DEAD_LETTERS.name] == [
        (None, b'{"type":"no such"}')
    ]
    assert publisher.headers == [
        {
            "kizashi-reason": "unreadable",
            "kizashi-detail": "not a record of activity.v1",
            "kizashi-origin": f"{ACTIVITY.name}/0/3",
            "kizashi-refused-at": "2026-01-01T00:00:00Z",
        }
    ]


async def test_records_that_come_during_a_flush_belong_to_the_next():
    publisher = Remembering()
    owned = owned_by(publisher)
    owned.apply(LOGGED[:3])
    await asyncio.sleep(5.005)
    owned.apply(LOGGED[3:])
    await asyncio.sleep(1)
    assert (owned.committable, partition_from(publisher.changelog).position) == (3, 2)
    await owned.drain()
    assert (owned.committable, partition_from(publisher.changelog).position) == (6, 5)


@pytest.mark.parametrize(
    "fails_at", [SCORE_CHANGES.name, ALERT_CONDITIONS.name, DEAD_LETTERS.name, CHANGELOG, "header"]
)
async def test_what_cannot_be_delivered_ends_the_worker_and_nothing_may_be_committed(fails_at: str):
    publisher, failures = Remembering(), list[BaseException]()
    publisher.fails_at = fails_at
    owned = owned_by(publisher, failures)
    owned.apply(LOGGED)
    await asyncio.sleep(20)
    assert [type(failure) for failure in failures] == [Unacknowledged]
    assert (owned.committable, owned.flushes) == (0, 0)
    assert partition_from(publisher.changelog).position == -1


async def test_an_idle_partition_is_not_flushed():
    publisher = Remembering()
    owned = owned_by(publisher)
    await asyncio.sleep(60)
    await owned.drain()
    assert (publisher.written, owned.flushes) == ([], 0)


async def test_the_claim_is_kept_with_every_flush_that_is_due_be_there_something_to_flush_or_not():
    claims = Claims()
    owned = Owned(Partition(3), delivery(Remembering(), fence=claims), list[BaseException]().append)
    await asyncio.sleep(owned.flushed_at + 12 - asyncio.get_running_loop().time())
    assert claims.kept == [3, 3]
    await owned.drain()


async def test_partitions_are_flushed_one_after_another():
    now = asyncio.get_running_loop().time()
    owned = [Owned(Partition(number), delivery(Remembering()), list[BaseException]().append) for number in range(8)]
    due = sorted(one.flushed_at + 5.0 - now for one in owned)
    assert min(later - sooner for sooner, later in pairwise(due)) > 0.25
    await asyncio.gather(*(one.drain() for one in owned))


async def test_what_comes_out_while_a_flush_is_under_way_does_not_wait_for_it():
    publisher = Remembering()
    publisher.holds.add(CHANGELOG)
    owned = owned_by(publisher)
    owned.apply(LOGGED[:3])
    await asyncio.sleep(6)
    owned.apply(LOGGED[3:])
    owned.deliver()
    await asyncio.sleep(1)
    assert (publisher.order[-1], owned.committable) == (DEAD_LETTERS.name, 0)
    publisher.holds.clear()
    publisher.released.set()
    await owned.drain()
    assert (owned.committable, owned.flushes, publisher.order[-1]) == (6, 2, "header")


async def test_there_is_room_until_too_much_waits_for_kafka():
    publisher = Remembering()
    publisher.open.clear()
    owned = owned_by(publisher)
    owned.apply(LOGGED)
    owned.deliver()
    await asyncio.wait_for(owned.room(), 1)
    await asyncio.sleep(1)  # the writer is at the first record, and waits
    owned._put([fold(LOGGED).outputs[0]] * (MOST_PENDING + 1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(owned.room(), 3_600)
    publisher.open.set()
    await asyncio.wait_for(owned.room(), 3_600)
    await owned.drain()


async def test_many_changed_accounts_are_flushed_before_time_and_bound_what_is_read():
    publisher = Remembering()
    owned = owned_by(publisher, flush_seconds=10**9)
    for number in range(MOST_DIRTY + 1):
        account = owned.partition.accounts[str(number)]
        owned.partition.accounts.changed(account)
    owned.apply(LOGGED)
    owned.deliver()
    await asyncio.sleep(3_600)
    assert (owned.flushes, owned.partition.accounts.dirty) == (1, 0)
    await owned.drain()


async def test_a_tick_catches_up_with_the_clock_and_any_other_record_falls_behind():
    owned = owned_by(Remembering())
    states: list[Any] = [owned.is_behind_the_clock]
    for record in LOGGED[2:]:
        owned.apply([record])
        states.append(owned.is_behind_the_clock)
    owned.apply([])
    assert [*states, owned.is_behind_the_clock] == [True, True, True, False, True, True]
    await owned.drain()
