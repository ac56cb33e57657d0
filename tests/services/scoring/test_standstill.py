from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.scoring.standstill import MOST_LOOKS, Standstill, Watch
from services.scoring.worker import Parameters, Worker
from tests.services.scoring.core.records import DAY_0, event, log_of
from tests.services.scoring.shell import OPENING, Remembering, delivery

LOGGED = log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "2"))


class Stage:
    """A worker that has partitions 0 and 1 of a log whose ends are said, and somebody who looks at it."""

    def __init__(self) -> None:
        self.ends: dict[int, int | None] = {0: None, 1: None}
        self.worker = Worker(Parameters(delivery(Remembering()), None, 10, 30), list[BaseException]().append)
        self.app = SimpleNamespace(
            has_joined=True, rebalancing=False, in_recovery=False, unread_changelog=0, end_of_log=self.ends.__getitem__
        )
        self.worker.app = cast("Any", self.app)
        self.worker.take_over({0: 0, 1: 0})
        self.watch = Watch(self.worker)

    def look(self, times: int = MOST_LOOKS) -> None:
        for _ in range(times):
            self.watch.look()

    def sees_a_standstill(self, of: str) -> None:
        self.look()
        with pytest.raises(Standstill, match=of):
            self.look(1)


async def test_who_has_nothing_to_do_may_stand_still():
    stage = Stage()
    stage.look(3 * MOST_LOOKS)
    stage.ends[0] = 0
    stage.look(3 * MOST_LOOKS)


async def test_a_partition_that_waits_for_its_turn_does_not_stand_still():
    stage = Stage()
    stage.ends.update({0: 1_000, 1: 1_000})
    for _ in range(5):
        stage.look(MOST_LOOKS - 1)
        stage.worker.owned[1].partition.position += 10


async def test_a_partition_that_is_not_read_is_a_standstill_though_another_is():
    stage = Stage()
    stage.ends.update({0: 4, 1: 0})
    for offset in range(MOST_LOOKS):
        stage.worker.owned[1].partition.position = offset
        stage.ends[1] = offset + 1
        stage.look(1)
    with pytest.raises(Standstill, match=r"reading: nothing has moved for 120 s \({0: 0}\)"):
        stage.look(1)


async def test_what_has_been_read_and_is_never_committed_is_a_standstill():
    stage = Stage()
    stage.worker.owned[1].apply(LOGGED)
    stage.sees_a_standstill(of="committing partition 1")


@pytest.mark.parametrize("change", [{"has_joined": False}, {"rebalancing": True}, {"in_recovery": True}], ids=str)
async def test_a_rebalance_that_never_ends_is_a_standstill_and_one_that_reads_the_changelog_is_not(
    change: dict[str, bool],
):
    stage = Stage()
    vars(stage.app).update(change)
    for unread in range(5, 0, -1):
        stage.app.unread_changelog = unread
        stage.look(MOST_LOOKS - 1)
    stage.app.unread_changelog = 0
    stage.sees_a_standstill(of="joining the other workers")
