"""One worker, three, two, one, while events arrive: killed in the middle of flushes, one with a clock of its own."""

import asyncio
import random
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from services.scoring.core.partition import Counted
from tests.faults.conftest import wait_until
from tests.faults.flushes import kill_inside_a_flush
from tests.faults.load import Load
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look
from tests.faults.workers import Worker
from tests.integration.conftest import StartInstance

RESTLESS = {
    "KIZASHI_SCORING_SESSION_SECONDS": "6",
    "KIZASHI_SCORING_FLUSH_SECONDS": "0.01",  # one flush after another: whoever is killed is killed in one
}
DRAINED_SECONDS = 10


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.soak)])
def test_one_three_two_one_and_each_flush_counts_once_or_not_at_all(
    start_instance: StartInstance, tmp_path: Path, seeded: random.Random, kills: int
) -> None:
    instance = start_instance(environment=RESTLESS)
    with (
        closing(Worker(instance, tmp_path / "second.log")) as second,
        closing(Worker(instance, tmp_path / "third.log", "-m", "tests.faults.ahead")) as third,
        Load(instance, seeded) as load,
    ):
        time.sleep(1)
        for _ in range(kills):
            time.sleep(seeded.uniform(0.5, 1.5))
            asyncio.run(kill_inside_a_flush(instance, second))
            second.start()
        time.sleep(1)
        assert second.end(signal.SIGTERM, DRAINED_SECONDS) == 0
        assert third.end(signal.SIGTERM, DRAINED_SECONDS) == 0
        before = load.accepted
        wait_until(lambda: load.accepted > before, 30, "events are still accepted")
    verified(instance)
    found = look(instance)
    assert (found.events, found.stale, found.wrong) == (load.accepted, 0, {})
    assert found.counts[Counted.TICKS_IGNORED] > 0
    assert found.torn >= kills
