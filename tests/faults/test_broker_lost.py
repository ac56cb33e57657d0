"""One broker of three is lost, and its disk with it, while events come in: what was answered with success is kept."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.topics import ACTIVITY
from services.runtime.kafka import admin, await_brokers
from services.runtime.settings import KafkaSettings
from tests.faults.cluster import NODES, Cluster
from tests.faults.conftest import wait_until
from tests.faults.test_ingest_outage import Server, first_arrivals, logged, metric, postgres, sending  # noqa: F401 - fixtures
from tests.integration.conftest import (
    Parts,
    _make_template,
    database,  # noqa: F401 - a fixture
    log_identity,  # noqa: F401 - a fixture
)
from tests.integration.ingest.conftest import (
    Ingest,
    ingest,  # noqa: F401 - a fixture
    key,  # noqa: F401 - a fixture
    start_ingest,  # noqa: F401 - a fixture
)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    yield cluster
    cluster.close()


@pytest.fixture
async def kafka(cluster: Cluster) -> KafkaSettings:
    await await_brokers(cluster.settings, "tests", 120)
    await asyncio.to_thread(
        wait_until, lambda: all(map(cluster.answers, range(1, NODES + 1))), 120, "every node answers"
    )
    return cluster.settings


@pytest.fixture
async def parts(cluster: Cluster, postgres: Server) -> Parts:  # noqa: F811 - not the fixture, what it gives
    parts = Parts(cluster.settings.bootstrap_servers, postgres.where)
    await _make_template(parts)
    return parts


async def busiest(kafka: KafkaSettings) -> int:
    """The node that leads most partitions of the log."""
    async with admin(kafka, "tests") as client:
        (log,) = await client.describe_topics([ACTIVITY.name])
    return int(Counter(one["leader"] for one in log["partitions"]).most_common(1)[0][0])


@pytest.mark.soak
async def test_a_broker_that_is_lost_with_its_disk_costs_nothing_that_was_answered(
    ingest: Ingest,  # noqa: F811 - as above
    cluster: Cluster,
    kafka: KafkaSettings,
) -> None:
    async with sending(ingest) as sent:
        await asyncio.sleep(3)
        lost = await busiest(kafka)
        before = len(sent.kept)
        cluster.lose(lost)
        async with asyncio.timeout(60):
            while len(sent.kept) < before + 3_000:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
        spooled = metric(ingest, "kizashi_ingest_spooled_total")
    await asyncio.to_thread(
        wait_until, lambda: metric(ingest, "kizashi_ingest_spool_records") == 0, 60, "the spool is empty"
    )
    found = await logged(kafka, sent.kept, 60)
    print(f"{before} events before, {len(sent.kept)} in all, {spooled:.0f} by way of the spool")  # noqa: T201 - shown with a failure

    assert sent.refused == []
    assert before > 100
    assert all(first_arrivals(ids) == sorted(set(ids)) for ids in found.values())
