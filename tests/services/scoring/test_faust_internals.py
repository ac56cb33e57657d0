import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher
from faust.types import TP

from services.scoring.faust_internals import (
    BATCH_RECORDS,
    PRIVATE_NAMES,
    Batches,
    OrderedRecovery,
    _Active,
    _ConsumerThread,
)

PARTITION, OTHER, CHANGELOG = TP("activity.v1", 0), TP("activity.v1", 1), TP("changelog", 0)


def records(count: int) -> list[Any]:
    return [SimpleNamespace(offset=offset, timestamp=offset * 10, timestamp_type=1) for offset in range(count)]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_the_installed_faust_has_the_private_names_we_rely_on(owner: type, name: str):
    source = "".join(
        method
        for kind in owner.__mro__
        for function in vars(kind).values()
        for method in getattr(getattr(function, "__code__", None), "co_names", ())
        if method == name
    )
    assert hasattr(owner, name) or source, f"{owner.__qualname__} no longer has {name}: see faust_internals.py"


def test_records_come_in_batches_of_one_partition_in_the_shape_of_the_last():
    batches = Batches()
    batches.read_offsets = {}
    fetched = {PARTITION: records(BATCH_RECORDS + 1), OTHER: records(3)}
    assert [
        (tp, batch.topic, batch.partition, batch.offset, batch.timestamp, len(batch.value))
        for tp, batch in batches.iterate(fetched)
    ] == [
        (PARTITION, "activity.v1", 0, BATCH_RECORDS - 1, (BATCH_RECORDS - 1) * 10, BATCH_RECORDS),
        (PARTITION, "activity.v1", 0, BATCH_RECORDS, BATCH_RECORDS * 10, 1),
        (OTHER, "activity.v1", 1, 2, 20, 3),
    ]


def test_batches_forget_faust_s_read_offset_so_that_what_is_read_again_is_not_dropped():
    batches = Batches()
    batches.read_offsets = {PARTITION: 17}
    list(batches.iterate({PARTITION: records(2)}))
    assert batches.read_offsets == {PARTITION: None}


async def test_a_thread_that_waits_for_records_takes_none_once_there_is_nothing_to_be_read():
    class Taken(Exception):
        pass

    class Answer:
        def check_raise(self) -> None:
            raise Taken

    async def take_from(partitions: set[TP]) -> Any:
        subscriptions = SimpleNamespace(reassignment_in_progress=False, is_assigned=lambda _: True)
        client = SimpleNamespace(
            _subscriptions=subscriptions,
            _records={PARTITION: Answer()},
            _notify=lambda _: None,
            _wait_consume_future=None,
        )
        return await Fetcher.fetched_records(client, partitions)

    active = _Active({PARTITION})
    active.clear()
    assert await take_from(active) == {}
    with pytest.raises(Taken):  # if it is not, aiokafka has changed and _Active can go
        await take_from(set())


async def test_a_read_that_waits_for_records_hears_of_partitions_that_are_resumed():
    loop = asyncio.get_running_loop()
    waiting, done = loop.create_future(), loop.create_future()
    done.set_result(None)
    client = SimpleNamespace(_fetcher=SimpleNamespace(_fetch_waiters={waiting, done}))
    thread = _ConsumerThread.__new__(_ConsumerThread)
    vars(thread).update(thread_loop=loop, _ensure_consumer=lambda: client)
    thread.look_again()
    async with asyncio.timeout(1):
        await waiting


@pytest.mark.parametrize(("generation", "paused"), [(7, [PARTITION]), (8, []), (-1, [])])
async def test_only_the_assignment_that_was_meant_is_left_unread(generation: int, paused: list[TP]):
    left: list[TP] = []
    client = SimpleNamespace(
        _coordinator=SimpleNamespace(generation=generation), pause=lambda *tps: left.extend(TP(*tp) for tp in tps)
    )
    thread = cast("_ConsumerThread", SimpleNamespace(_ensure_consumer=lambda: client))
    await _ConsumerThread.pause(thread, [PARTITION], 7)
    assert left == paused


async def test_of_what_is_known_recovery_reads_the_claim_alone_and_of_the_rest_all():
    known, unknown = TP("changelog", 0), TP("changelog", 1)
    cleared: list[bool] = []

    async def earliest(*tps: TP) -> dict[TP, int]:
        return dict.fromkeys(tps, 5)

    recovery = OrderedRecovery.__new__(OrderedRecovery)
    vars(recovery).update(
        log=SimpleNamespace(info=lambda *_: None),
        app=SimpleNamespace(positions=SimpleNamespace(is_known=known.partition.__eq__)),
        tables=SimpleNamespace(changelog_queue=SimpleNamespace(clear=lambda: cleared.append(True))),
        active_highwaters=Counter({known: 40, unknown: 41}),
        active_offsets=Counter({known: 17, unknown: 17}),  # of an assignment before
    )
    consumer = SimpleNamespace(earliest_offsets=earliest)
    await recovery._build_offsets(consumer, {known, unknown}, recovery.active_offsets, "active")
    assert (recovery.active_remaining(), cleared) == ({known: 1, unknown: 37}, [True])


class Recovering:
    """An `OrderedRecovery` whose changelog has been read, and which says what it does, step by step."""

    def __init__(self, overtaken_at: str | None = None) -> None:
        self.steps: list[str] = []
        self.overtaken_at = overtaken_at
        self.completed = SimpleNamespace(set=self.step("completed"))
        self.tables = SimpleNamespace(on_actives_ready=lambda: None, on_standbys_ready=lambda: None)
        self.app = SimpleNamespace(
            log_topic=PARTITION.topic,
            conf=SimpleNamespace(broker_request_timeout=1),
            consumer_generation_id=7,
            rebalancing_count=3,
            on_rebalance_complete=SimpleNamespace(send=self.waiting("complete")),
            on_rebalance_end=self.step("end"),
            flow_control=SimpleNamespace(resume=self.step("clear")),
            positions=SimpleNamespace(take_over=self.step("take over")),
            _fetcher=SimpleNamespace(maybe_start=self.waiting("fetch")),
            consumer=SimpleNamespace(
                assignment=lambda: {PARTITION, CHANGELOG},
                leave_unread=self.waiting("leave unread"),
                resume_partitions=self.step("resume"),
                resume_flow=self.step("flow"),
                perform_seek=self.waiting("seek"),
            ),
        )
        self.recovery = OrderedRecovery.__new__(OrderedRecovery)
        vars(self.recovery).update(
            app=self.app,
            tables=self.tables,
            completed=self.completed,
            _of_rebalance=3,
            _beginnings={PARTITION: 0},
            _set_recovery_ended=lambda: None,
            _is_changelog_tp=CHANGELOG.__eq__,
            _wait=self.wait,
        )

    async def wait(self, coro: Any, timeout: float) -> None:  # noqa: ASYNC109 - as Faust declares it
        assert timeout == 1
        await coro

    def step(self, name: str, answer: Any = None) -> Any:
        def done(*_: Any) -> Any:
            self.steps.append(name)
            if name == self.overtaken_at:
                self.app.rebalancing_count += 1
            return answer

        return done

    def waiting(self, name: str, answer: Any = None) -> Any:
        done = self.step(name, answer)

        async def waited(*arguments: Any) -> Any:
            return done(*arguments)

        return waited


BEFORE_IT_IS_OURS = ["complete", "leave unread"]
AND_THEN = ["take over", "completed", "clear", "resume", "flow", "fetch", "seek"]


async def test_recovery_ends_with_a_seek_after_which_nothing_is_dropped():
    recovering = Recovering()
    await recovering.recovery.on_recovery_completed(7)
    assert recovering.steps == [*BEFORE_IT_IS_OURS, *AND_THEN, "end"]


@pytest.mark.parametrize(
    ("at", "steps"),
    [
        ("complete", BEFORE_IT_IS_OURS),
        ("leave unread", BEFORE_IT_IS_OURS),
        ("seek", [*BEFORE_IT_IS_OURS, *AND_THEN]),
    ],
)
async def test_a_recovery_that_a_rebalance_overtakes_takes_nothing_over(at: str, steps: list[str]):
    recovering = Recovering(overtaken_at=at)
    await recovering.recovery.on_recovery_completed(7)
    assert recovering.steps == steps
