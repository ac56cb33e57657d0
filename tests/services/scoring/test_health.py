import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.scoring.health import STALLED_SECONDS, checks
from services.scoring.worker import Parameters, Worker
from tests.services.scoring.core.records import DAY_0, event, log_of
from tests.services.scoring.shell import OPENING, Remembering, delivery

LOGGED = log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "2"))
AT_WORK = {"started": True, "has_joined": True, "rebalancing": False, "in_recovery": False, "unread_changelog": 0}


def working(**app: Any) -> Worker:
    worker = Worker(Parameters(delivery(Remembering()), None, 10, 30), list[BaseException]().append)
    worker.app = cast("Any", SimpleNamespace(**{**AT_WORK, **app}))
    return worker


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ({}, None),
        ({"started": False}, "joining the other workers"),
        ({"has_joined": False}, "joining the other workers"),
        ({"rebalancing": True}, "rebalancing"),
        ({"in_recovery": True, "unread_changelog": 12_345}, "reading the changelog: 12,345 records to go"),
    ],
    ids=str,
)
async def test_a_worker_is_ready_while_its_partitions_are_its_own(app: dict[str, Any], reason: str | None):
    assert await checks(working(**app))["partitions"]() == reason


async def test_a_worker_whose_commits_do_not_move_is_not_ready_until_they_do():
    worker = working()
    worker.take_over({0: 0, 1: 0})
    commits = checks(worker)["commits"]
    await asyncio.sleep(STALLED_SECONDS * 10)
    worker.owned[1].apply(LOGGED[:2])
    await asyncio.sleep(STALLED_SECONDS - 1)
    assert await commits() is None
    await asyncio.sleep(2)
    assert await commits() == f"partitions 1: no commit for {STALLED_SECONDS:g} s"
    worker.committed({1: 1})
    assert await commits() is None  # they move
    worker.committed({1: 2})
    await asyncio.sleep(STALLED_SECONDS * 10)
    assert await commits() is None  # there is nothing to commit
    for owned in worker.owned.values():
        await owned.drain()
