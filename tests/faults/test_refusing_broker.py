"""A broker that answers writes with errors: what was not written is never committed, and nothing is lost."""

import asyncio
import random
import time
from collections.abc import Callable

from schemas.topics import ACTIVITY, SCORE_CHANGES
from services.runtime.kafka import admin, consumer
from services.runtime.log import read_log
from services.runtime.settings import KafkaSettings
from services.scoring.app import APP_ID, CHANGELOG
from services.scoring.changelog import HEADER_KEY
from services.scoring.core.header import header_of
from tests.faults.configured import NOT_ENOUGH_REPLICAS, TOO_LARGE, configure
from tests.faults.conftest import wait_until
from tests.faults.load import Load
from tests.faults.test_scoring_killed import verified
from tests.faults.truth import look, read
from tests.integration.conftest import Instance, StartInstance

QUICK = {"KIZASHI_SCORING_SESSION_SECONDS": "6", "KIZASHI_SCORING_FLUSH_SECONDS": "0.2"}
REFUSED_SECONDS = 4.0
FAULTS = [
    (CHANGELOG, TOO_LARGE),
    (SCORE_CHANGES.name, TOO_LARGE),
    (CHANGELOG, NOT_ENOUGH_REPLICAS),
    (SCORE_CHANGES.name, NOT_ENOUGH_REPLICAS),
]


def test_a_write_that_fails_never_lets_an_offset_be_committed(
    start_instance: StartInstance, seeded: random.Random
) -> None:
    instance = start_instance(environment=QUICK)
    with Load(instance, seeded) as load:
        for topic, fault in seeded.sample(FAULTS, k=len(FAULTS)):
            time.sleep(seeded.uniform(0.5, 1))
            configure(instance, topic, fault)
            until = time.monotonic() + REFUSED_SECONDS
            while time.monotonic() < until:
                assert_nothing_is_committed_that_is_not_written(instance)
            configure(instance, topic, {})
            wait_until(more_than(all_committed(instance), instance), 60, f"commits after {topic} had {fault}")
    verified(instance)
    found = look(instance)
    assert (found.events, found.stale, found.wrong) == (load.accepted, 0, {})


def assert_nothing_is_committed_that_is_not_written(instance: Instance) -> None:
    offsets = asyncio.run(committed(instance))  # first: the changelog may only be further
    cuts = asyncio.run(cuts_of(instance))
    assert {number: offset for number, offset in offsets.items() if offset > cuts.get(number, -1) + 1} == {}


def all_committed(instance: Instance) -> int:
    """Over all partitions."""
    return sum(asyncio.run(committed(instance)).values())


def more_than(before: int, instance: Instance) -> Callable[[], bool]:
    """Whether more has been committed than `before`."""
    return lambda: all_committed(instance) > before


def kafka_of(instance: Instance) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])


async def committed(instance: Instance) -> dict[int, int]:
    async with admin(kafka_of(instance), "tests") as client:
        found = await client.list_consumer_group_offsets(APP_ID)
    return {place.partition: one.offset for place, one in found.items() if place.topic == ACTIVITY.name}


async def cuts_of(instance: Instance) -> dict[int, int]:
    cuts = {}
    kafka = kafka_of(instance)
    async with consumer(kafka, "tests", isolation_level="read_uncommitted") as client:
        for number in range((await read_log(kafka)).partitions):
            headers = [one.value for one in await read(client, CHANGELOG, number) if one.key == HEADER_KEY]
            cuts[number] = max((header_of(value).cut for value in headers), default=-1)
    return cuts
