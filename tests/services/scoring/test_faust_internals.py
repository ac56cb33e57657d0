from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from services.scoring.faust_internals import (
    PRIVATE_NAMES,
    OrderedRecovery,
    Together,
)

PARTITION, OTHER = TP("activity.v1", 0), TP("activity.v1", 1)
CHANGELOG, ELSEWHERE = TP("changelog", 0), TP("changelog", 7)


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


def together() -> Together:
    made = Together()
    made.read_offsets, made.log_topic = {}, PARTITION.topic
    return made


def test_what_was_fetched_of_the_log_is_handed_on_as_one_and_of_the_changelog_by_its_partitions():
    fetched = {CHANGELOG: records(2), PARTITION: records(4), OTHER: records(3), ELSEWHERE: records(1)}
    assert [(tp, (*handed[:5], handed.value)) for tp, handed in together().iterate(fetched)] == [
        (PARTITION, ("activity.v1", 0, 3, 30, 1, {0: records(4), 1: records(3)})),
        (CHANGELOG, ("changelog", 0, 1, 10, 1, {0: records(2)})),
        (ELSEWHERE, ("changelog", 7, 0, 0, 1, {7: records(1)})),
    ]


def test_of_nothing_nothing_is_handed_on():
    assert list(together().iterate({})) == []


def test_faust_s_read_offset_is_forgotten_so_that_what_is_read_again_is_not_dropped():
    made = together()
    made.read_offsets = {PARTITION: 17}
    list(made.iterate({PARTITION: records(2)}))
    assert made.read_offsets == {PARTITION: None}


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
