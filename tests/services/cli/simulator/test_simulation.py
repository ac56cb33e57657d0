from pathlib import Path

import pytest

from schemas.time import DAY, parse_iso
from services.cli.simulator.life import PAST
from services.cli.simulator.memory import Memory
from services.cli.simulator.simulation import Wish, WishRefused, remembered, simulation
from services.runtime.instance import Run
from services.runtime.settings import Clock

NOW = parse_iso("2026-11-22T02:00:00Z")
FOUND = Memory(seed=3, accounts=50, starts=NOW - DAY, lived_until=NOW - 1_000, has_roster=True)


def test_a_new_simulation_of_a_live_instance_starts_now_after_three_months_of_history():
    assert remembered(None, Wish(), Clock.LIVE, NOW) == Memory(
        seed=7, accounts=300, starts=NOW, lived_until=NOW - PAST, reaching=NOW
    )


def test_without_history_it_starts_with_nothing_behind_it():
    assert remembered(None, Wish(seed=1, accounts=9, has_history=False), Clock.LIVE, NOW) == Memory(
        seed=1, accounts=9, starts=NOW, lived_until=NOW
    )


def test_in_an_instance_whose_clock_is_its_log_it_starts_as_far_back_as_it_lasts():
    starts = NOW - 10 * DAY
    assert remembered(None, Wish(duration=10 * DAY), Clock.LOG, NOW) == Memory(
        seed=7, accounts=300, starts=starts, lived_until=starts - PAST, reaching=starts
    )


@pytest.mark.parametrize("wish", [Wish(), Wish(seed=3, accounts=50)], ids=["nothing wished", "the same wished"])
def test_what_was_simulated_before_goes_on(wish: Wish):
    assert remembered(FOUND, wish, Clock.LIVE, NOW) == FOUND


@pytest.mark.parametrize("wish", [Wish(seed=4), Wish(accounts=51)], ids=["seed", "accounts"])
def test_another_simulation_in_the_same_place_is_refused(wish: Wish):
    with pytest.raises(WishRefused, match="already simulated with"):
        remembered(FOUND, wish, Clock.LIVE, NOW)


async def test_an_instance_that_lives_by_the_real_clock_cannot_be_hurried(tmp_path: Path):
    run = Run(
        api_url="http://127.0.0.1:8600",
        ingest_url="http://127.0.0.1:8601",
        scoring_urls=(),
        alerts_url="",
        kafka_bootstrap_servers="127.0.0.1:9092",
        database_url="postgresql://127.0.0.1/kizashi",
        log_id="log",
        clock=Clock.LIVE,
        keys={},
        pids={},
    )
    with pytest.raises(WishRefused, match="--clock log"):
        async with simulation(run, tmp_path, Wish(speed=100), lambda _: None):
            pass
