"""Three nodes: the one that coordinates the workers, and leads a third of all partitions, is killed."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from services.runtime.kafka import admin, await_brokers
from services.scoring.app import APP_ID
from tests.faults.cluster import NODES, Cluster
from tests.faults.conftest import wait_until
from tests.faults.load import Load
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look
from tests.integration.conftest import StartInstance

QUICK = {"KIZASHI_SCORING_SESSION_SECONDS": "6", "KIZASHI_SCORING_FLUSH_SECONDS": "0.2"}


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    yield cluster
    cluster.close()


@pytest.mark.parametrize("rounds", [1, pytest.param(2 * NODES, marks=pytest.mark.soak)])
def test_nothing_is_lost_when_leaders_and_the_coordinator_move(
    cluster: Cluster, start_instance: StartInstance, seeded: random.Random, rounds: int
) -> None:
    asyncio.run(await_brokers(cluster.settings, "tests", 120))
    wait_until(lambda: all(map(cluster.answers, range(1, NODES + 1))), 120, "every node answers")
    instance = start_instance(environment={**QUICK, **cluster.environment})
    with Load(instance, seeded) as load:
        for _ in range(rounds):
            time.sleep(seeded.uniform(1, 3))
            node = asyncio.run(coordinator(cluster))
            cluster.kill(node)
            wait_until(more_than(load.accepted, load), 60, "events are accepted by two nodes")
            wait_until(partial(has_moved, cluster, node), 60, "another node coordinates the workers")
            cluster.start(node)
            wait_until(partial(cluster.answers, node), 60, "the node is back")
        time.sleep(1)
    wait_until(lambda: look(instance).events == load.accepted, 60, "what ingest kept on disk is in the log")
    verified(instance)
    found = look(instance)
    assert (found.events, found.stale, found.wrong) == (load.accepted, 0, {})


def more_than(before: int, load: Load) -> Callable[[], bool]:
    """Whether more has been accepted than `before`."""
    return lambda: load.accepted > before


def has_moved(cluster: Cluster, node: int) -> bool:
    """Whether another node than `node` coordinates the workers: once the others have noticed that it is gone."""
    try:
        return asyncio.run(coordinator(cluster)) != node
    except KafkaError:
        return False


async def coordinator(cluster: Cluster) -> int:
    """The node that coordinates the scoring workers."""
    async with admin(cluster.settings, "tests") as client:
        return int(await client.find_coordinator(APP_ID))
