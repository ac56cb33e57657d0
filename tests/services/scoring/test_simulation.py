"""The real batching, ordering, flushing and recovery, through crashes, zombies, rebalances and misreadings.

A schedule that fails is shrunk by Hypothesis and printed: as a list of steps it can be put into a test of its own.
"""

import asyncio
import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.services.scoring.conftest import TimelessLoop
from tests.services.scoring.simulation.broker import Client, Unacknowledged
from tests.services.scoring.simulation.schedule import (
    Arrive,
    Assign,
    Broken,
    CutOff,
    Pass,
    Reconnect,
    Step,
    live,
    schedules,
)

SCHEDULES = int(os.environ.get("KIZASHI_SCHEDULES", "20000"))


def run(schedule: list[Step], client: type[Client] = Client, *, fences: bool = True) -> None:
    """Live through a schedule, in no time."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        runner.run(live(schedule, client, fences=fences))


SHRINKING = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(SHRINKING, max_examples=40)  # a few seconds; make soak has the thousands
@given(schedules)
def test_whatever_happens_the_system_gives_what_the_log_gives(schedule: list[Step]):
    run(schedule)


@pytest.mark.soak
@settings(SHRINKING, max_examples=SCHEDULES, derandomize=False, print_blob=True)
@given(schedules)
def test_whatever_happens_it_does_for_as_long_as_one_likes(schedule: list[Step]):
    run(schedule)


def breaks(schedule: list[Step], **how) -> bool:
    try:
        run(schedule, **how)
    except Broken:
        return True
    return False


# Process 0 reads, is cut off before it flushes, and is replaced by 1, which flushes the same accounts. Then what 0 sent
# arrives, and what is flushed after that hides that it is older.
CUT_OFF: list[Step] = [
    *(Arrive(0, 12), Pass(3.0), Arrive(100, 12), Pass(0.3), CutOff(0)),
    *(Assign((0, 0)), Arrive(200, 12), Pass(3.0)),
    *(Reconnect(0), Arrive(300, 2), Pass(3.0)),
]


def test_without_the_fence_what_arrives_late_is_found_out():
    assert not breaks(CUT_OFF)
    assert breaks(CUT_OFF, fences=False)


HANDED_OVER: list[Step] = [Arrive(0, 12), Pass(1.0), Assign((1, 0))]


def test_a_worker_that_does_not_wait_for_kafka_is_found_out():
    assert not breaks(HANDED_OVER)
    assert breaks(HANDED_OVER, client=Unacknowledged)
