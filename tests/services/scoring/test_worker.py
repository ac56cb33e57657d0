import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import TransactionalIdAuthorizationFailed
from faust.types import TP
from typing_extensions import override

from schemas.codec import encode
from schemas.topics import ACTIVITY
from services.scoring.brake import MOST_UNREADABLE, Stopped
from services.scoring.changelog import HEADER_KEY, Restoring
from services.scoring.core.partition import Counted, Output, Partition, Recorded
from services.scoring.ticks import Rhythm
from services.scoring.worker import HOLE_SECONDS, Parameters, Worker
from tests.services.scoring.conftest import TimelessLoop
from tests.services.scoring.core.records import DAY_0, event, tick
from tests.services.scoring.shell import OPENING, Claims, Remembering, consumed, delivery

BYTES = [encode(record) for record in (*OPENING, event(DAY_0, "1"), event(DAY_0, "2"), tick(DAY_0))]
BYTES_OF_A_HEADER = Partition(0).flush().header
BATCH = [consumed(offset, value) for offset, value in enumerate(BYTES)]


class Consumer:
    """Faust's, as far as it is asked."""

    def __init__(self) -> None:
        self.sought: list[tuple[TP, int]] = []
        self.commits = 0

    async def seek(self, tp: TP, offset: int) -> None:
        self.sought.append((tp, offset))

    async def commit(self) -> None:
        self.commits += 1


def written(pairs: Iterable[tuple[bytes, bytes | None]]) -> list[Any]:
    """Records of the changelog."""
    return [SimpleNamespace(key=key, value=value) for key, value in pairs]


class Stage:
    """A worker that owns partition 0."""

    def __init__(self, rhythm: Rhythm | None = None, session_seconds: float = 30, **more: Any) -> None:
        self.publisher = Remembering()
        self.ended: list[BaseException] = []
        self.claims = Claims()
        given = delivery(self.publisher, fence=self.claims)
        self.worker = Worker(Parameters(given, rhythm, 10, session_seconds, **more), self.ended.append)
        self.consumer = Consumer()
        self.app = cast("Any", SimpleNamespace(consumer=self.consumer, rebalancing=False, in_recovery=False))
        self.worker.app = self.app
        self.worker.take_over({0: 0})

    async def read(self, *batches: list[Any], partition: int = 0) -> None:
        await self.worker.read(Stream(*({partition: batch} for batch in batches)))

    @property
    def position(self) -> int:
        return self.worker.owned[0].partition.position


async def test_records_that_were_read_before_are_skipped():
    stage = Stage()
    await stage.read(BATCH[:3], BATCH[1:], BATCH)
    assert (stage.position, stage.worker.owned[0].partition.counts[Counted.EVENTS]) == (4, 2)
    assert stage.worker.owned[0].partition.counts[Counted.DUPLICATES] == 0
    await stage.worker.release()


async def test_batches_of_a_partition_that_is_owned_no_longer_are_left_to_its_next_owner():
    stage = Stage()
    await stage.read(BATCH, partition=1)
    assert (list(stage.worker.owned), stage.position) == ([0], -1)
    await stage.worker.release()


#   read:   0 1 . . 4      2 and 3 are missing: sought from 2, and again after .3 s
async def test_a_hole_is_not_read_over_but_sought_again():
    stage = Stage()
    await stage.read(BATCH[:2], BATCH[4:], BATCH[4:])
    assert (stage.position, stage.consumer.sought) == (1, [(TP(ACTIVITY.name, 0), 2)])
    await asyncio.sleep(0.31)
    await stage.read(BATCH[4:])
    assert stage.consumer.sought == [(TP(ACTIVITY.name, 0), 2)] * 2
    await stage.read(BATCH[2:])
    assert (stage.position, stage.worker._holes) == (4, {})
    await stage.worker.release()


@pytest.mark.parametrize("state", ["rebalancing", "in_recovery"])
async def test_nothing_is_sought_while_faust_moves_partitions(state: str):
    stage = Stage()
    setattr(stage.app, state, True)
    await stage.read(BATCH[4:])
    assert stage.consumer.sought == []
    await stage.worker.release()


async def test_a_hole_that_stays_for_ten_seconds_stops_the_worker():
    stage = Stage()
    await stage.read(BATCH[4:])
    await asyncio.sleep(HOLE_SECONDS - 0.1)
    await stage.read(BATCH[4:])
    await asyncio.sleep(0.2)
    with pytest.raises(Stopped, match="partition 0: 0 was not read, 4 was"):
        await stage.read(BATCH[4:])
    await stage.worker.release()


async def test_a_hole_that_was_closed_begins_anew():
    stage = Stage()
    await stage.read(BATCH[4:], BATCH[:2])
    await asyncio.sleep(HOLE_SECONDS + 1)
    await stage.read(BATCH[4:])
    assert stage.position == 1
    await stage.worker.release()


def unreadable(first: int, count: int) -> list[Any]:
    return [consumed(offset, b"?") for offset in range(first, first + count)]


async def test_a_hundred_unreadable_records_in_a_row_are_dead_letters_and_one_more_stops_the_worker():
    stage = Stage()
    await stage.read(unreadable(0, MOST_UNREADABLE - 1), [consumed(99, BYTES[2])], unreadable(100, 60))
    await stage.read(unreadable(160, 40))
    assert stage.position == 199
    with pytest.raises(Stopped, match=r"100 records of activity\.v1 in a row cannot be read, the last at 200"):
        await stage.read(unreadable(200, 1))
    assert stage.position == 199
    await stage.worker.release()


async def test_a_worker_that_would_have_to_remember_more_messages_than_it_may_stops():
    stage = Stage(remembered_messages=1)
    await stage.read(BATCH[:3])
    assert stage.worker.remembered == 1
    await stage.read(BATCH[3:4])
    with pytest.raises(Stopped, match=r"^2 ids of messages .* KIZASHI_SCORING_REMEMBERED_MESSAGES allows \(1, "):
        await stage.read(BATCH[4:])
    assert stage.position == 3
    await stage.worker.release()


async def test_partitions_that_are_released_are_delivered_committed_and_forgotten():
    stage = Stage()
    await stage.read(BATCH)
    assert (stage.worker.committable(), stage.worker.next_offsets()) == ({0: 0}, {0: 5})
    owned = stage.worker.owned[0]
    await stage.worker.release()
    assert (owned.committable, stage.consumer.commits, stage.worker.owned, stage.ended) == (5, 1, {}, [])
    assert stage.worker.retired[Counted.EVENTS] == 2


async def test_a_release_that_takes_too_long_ends_the_process():
    stage = Stage()
    stage.publisher.open.clear()
    await stage.read(BATCH)
    await stage.worker.release()
    assert [str(ended) for ended in stage.ended] == [
        "writes did not end in time: another worker may own the partitions now"
    ]
    assert stage.consumer.commits == 0


async def test_what_comes_back_is_as_it_was_left_when_nobody_has_had_it_meanwhile():
    stage = Stage()
    await stage.read(BATCH)
    partition = stage.worker.owned[0].partition
    await stage.worker.release()
    await stage.worker.claim([0])
    assert stage.worker.is_known(0)
    stage.worker.take_over({0: 0})
    assert stage.worker.owned[0].partition is partition
    assert stage.worker.retired[Counted.EVENTS] == 0  # they count where they are owned
    await stage.worker.release()
    assert stage.worker.retired[Counted.EVENTS] == 2


async def test_what_another_has_had_meanwhile_is_taken_over_from_the_changelog():
    stage = Stage()
    await stage.read(BATCH)
    partition = stage.worker.owned[0].partition
    await stage.worker.release()
    stage.claims.others = {0}
    await stage.worker.claim([0])
    assert not stage.worker.is_known(0)
    stage.claims.others.clear()
    await stage.worker.claim([0])
    assert not stage.worker.is_known(0)  # a second claim makes what was kept no younger
    stage.worker.restore(0, written(stage.publisher.changelog))
    stage.worker.take_over({0: 0})
    assert stage.worker.next_offsets() == {0: 5}
    assert stage.worker.owned[0].partition is not partition
    await stage.worker.release()


async def test_what_another_has_been_given_is_kept_no_longer():
    stage = Stage()
    await stage.worker.release()
    stage.worker.take_over({})
    await stage.worker.claim([0])
    assert not stage.worker.is_known(0)


async def test_nothing_is_applied_to_a_partition_that_is_being_released():
    stage = Stage()
    await stage.read(BATCH[:3])
    stage.publisher.open.clear()
    releasing = asyncio.create_task(stage.worker.release())
    await asyncio.sleep(0.1)
    await stage.read(BATCH[3:])
    stage.publisher.open.set()
    await releasing
    await stage.worker.claim([0])
    stage.worker.take_over({0: 0})
    assert stage.worker.next_offsets() == {0: 3}
    await stage.worker.release()


async def test_of_a_log_that_was_trimmed_reading_goes_on_where_it_begins():
    stage = Stage()
    stage.worker.take_over({1: 40})
    assert stage.worker.next_offsets() == {0: 0, 1: 40}
    await stage.worker.release()


@pytest.mark.parametrize("value", [b"?", None, b"\x98\x09\x00\x00\xc0\x00\xc0\x80\x80"])
async def test_a_changelog_that_cannot_be_read_ends_the_process(value: bytes | None):
    stage = Stage()
    stage.worker.restore(0, written([(HEADER_KEY, value)]))
    assert len(stage.ended) == 1
    await stage.worker.release()


async def test_a_changelog_that_lacks_hashes_ends_the_process():
    stage = Stage()
    await stage.read(BATCH)
    await stage.worker.release()
    stage.claims.others = {0}
    await stage.worker.claim([0])
    stage.worker.restore(0, written([pair for pair in stage.publisher.changelog if not pair[0].startswith(b"\x00ids")]))
    stage.worker.take_over({0: 0})
    assert ["hashes of" in str(ended) for ended in stage.ended] == [True]
    assert stage.worker.owned == {}


async def test_a_live_partition_is_ticked_while_it_is_owned():
    stage = Stage(Rhythm(soon=0.25, idle=10))
    stage.publisher.end_of_log = 3
    await stage.read(BATCH[:3])
    await asyncio.sleep(1)
    assert stage.publisher.end_of_log == 4
    await stage.worker.release()
    await asyncio.sleep(60)
    assert stage.publisher.end_of_log == 4


async def test_a_partition_that_cannot_be_ticked_ends_the_process():
    stage = Stage(Rhythm())
    stage.publisher.fails_at = ACTIVITY.name
    await asyncio.sleep(60)
    assert len(stage.ended) == 1
    await stage.worker.release()


class Stream:
    """Faust's stream of what was fetched."""

    def __init__(self, *fetched: dict[int, list[Any]]) -> None:
        self._fetched = fetched

    def noack(self) -> "Stream":
        return self

    async def events(self) -> Any:
        for value in self._fetched:
            yield SimpleNamespace(value=value)


async def test_the_agent_applies_fetch_after_fetch_of_all_its_partitions():
    stage = Stage()
    stage.worker.take_over({1: 0})
    await stage.worker.read(Stream({1: BATCH[:1], 0: BATCH[:2]}, {0: BATCH[2:]}))
    assert stage.worker.next_offsets() == {0: 5, 1: 1}
    await stage.worker.release()


class Slow(Restoring):
    """Makes partitions in which a record takes 15 ms."""

    @override
    def partition(self, number: int, hot_accounts: int) -> Partition:
        partition = super().partition(number, hot_accounts)
        observe, loop = partition.observe, cast("TimelessLoop", asyncio.get_running_loop())

        def slowly(record: Recorded) -> list[Output]:
            loop.passes(0.015)
            return observe(record)

        cast("Any", partition).observe = slowly
        return partition


#   partition  0     1     others   2     3     others
async def test_others_have_their_turn_while_a_fetch_of_many_partitions_is_applied():
    stage = Stage(restoring=Slow)
    stage.worker.take_over(dict.fromkeys((1, 2, 3), 0))
    seen: list[int] = []

    async def others() -> None:
        while True:
            seen.append(sum(stage.worker.next_offsets().values()))
            await asyncio.sleep(0.001)

    looking = asyncio.create_task(others())
    await asyncio.sleep(0)
    await stage.worker.read(Stream(dict.fromkeys((0, 1, 2, 3), BATCH[:1])))
    looking.cancel()
    assert sorted({*seen}) == [0, 2, 4]
    await stage.worker.release()


async def test_an_agent_that_fails_ends_the_process_before_faust_can_go_on():
    stage = Stage()
    with pytest.raises(Stopped):
        await stage.worker.read(Stream({0: unreadable(0, MOST_UNREADABLE + 1)}))
    assert [type(ended) for ended in stage.ended] == [Stopped]
    await stage.worker.release()


async def test_partitions_are_claimed_and_then_read_from_their_beginning():
    stage = Stage()
    stage.worker.restore(0, written([(HEADER_KEY, BYTES_OF_A_HEADER)]))
    assert await stage.worker.claim([1, 2]) == {1: 41, 2: 42}
    stage.worker.take_over({0: 0})
    assert stage.worker.next_offsets() == {0: 0}  # what had been read of 0 before the claims does not count
    await stage.worker.release()


async def test_a_claim_that_is_refused_ends_the_process():
    stage = Stage()
    stage.claims.refuses = TransactionalIdAuthorizationFailed("kizashi-scoring-1-0")
    with pytest.raises(TransactionalIdAuthorizationFailed):
        await stage.worker.claim([0])
    assert stage.ended == [stage.claims.refuses]
    await stage.worker.release()


async def test_a_claim_that_is_not_answered_ends_the_process():
    stage = Stage()
    stage.claims.answered.clear()
    with pytest.raises(TimeoutError):
        await stage.worker.claim([0])
    assert [type(ended) for ended in stage.ended] == [TimeoutError]
    await stage.worker.release()


async def test_what_has_been_committed_is_not_committed_again_and_what_failed_is():
    stage = Stage()
    await stage.read(BATCH)
    await asyncio.sleep(6)
    assert stage.worker.committable() == {0: 5}
    assert stage.worker.committable() == {0: 5}  # nobody has said that it was done
    stage.worker.committed({0: 5, 7: 1})
    assert stage.worker.committable() == {}
    await stage.worker.release()
