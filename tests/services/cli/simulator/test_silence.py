from random import Random

import pytest

from schemas.time import DAY, SECOND, parse_iso
from services.cli.simulation.account import Fate
from services.cli.simulation.history import history, opening
from services.cli.simulation.world import draw_world
from services.cli.simulator.silence import deadline_of

STARTS = parse_iso("2026-11-22T02:00:00Z")


@pytest.mark.parametrize("seed", range(1, 25))
def test_the_silence_of_the_account_on_the_brink_is_news_ninety_seconds_after_the_start(seed: int):
    world = draw_world(seed, Random(seed), 1, STARTS)
    done = opening(world, STARTS - 91 * DAY, STARTS + 90 * SECOND, deadline_of)
    assert deadline_of([one.occurred_at for one in done]) == STARTS + 90 * SECOND


def test_nobody_else_is_touched_by_that():
    world = draw_world(7, Random(7), 20, STARTS)
    brink = next(account.account_id for account in world.accounts if account.fate is Fate.BRINK)
    found = opening(world, STARTS - 30 * DAY, STARTS + 90 * SECOND, deadline_of)
    plain = history(world, STARTS - 30 * DAY, STARTS)
    assert [one for one in found if one.account_id != brink] == [one for one in plain if one.account_id != brink]
