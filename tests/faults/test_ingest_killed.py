"""Ingest is killed again and again while real SDKs send: what they believe delivered is in the log, and counts once."""

import asyncio
import random
import time

import httpx
import pytest
from aiokafka import TopicPartition

from schemas.activity import Event
from schemas.codec import decode_activity
from schemas.topics import ACTIVITY
from services.runtime.kafka import consumer
from services.runtime.settings import KafkaSettings
from tests.faults.conftest import kill_one, wait_until
from tests.faults.sdks import A_SECOND, sdks_sending
from tests.faults.test_anything_killed import counted
from tests.faults.test_scoring_killed import verified
from tests.integration.conftest import Instance, StartInstance

KILLS = 5
SECONDS = 60


def is_ready(instance: Instance) -> bool:
    try:
        return httpx.get(f"{instance.run['ingest_url']}/readyz", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def logged(instance: Instance) -> list[str]:
    """The message id of every event of the log, as often as it is there."""
    found: list[str] = []
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    async with consumer(kafka, "tests", ACTIVITY.name) as client:
        await client.getmany(timeout_ms=1_000)
        places: list[TopicPartition] = list(client.assignment())
        await client.seek_to_beginning(*places)
        for place, end in (await client.end_offsets(places)).items():
            while await client.position(place) < end:
                for record in (await client.getmany(place, timeout_ms=1_000)).get(place, []):
                    event = decode_activity(record.value)
                    if isinstance(event, Event):
                        found.append(event.message_id)
    return found


@pytest.mark.soak
def test_what_sdks_believe_delivered_is_in_the_log_and_counts_once(
    start_instance: StartInstance, seeded: random.Random
) -> None:
    instance = start_instance()
    with sdks_sending(instance.run["ingest_url"], instance.run["keys"]["ingest"], SECONDS) as sdks:
        for _ in range(KILLS):
            time.sleep(seeded.uniform(5, SECONDS / KILLS))
            kill_one(instance, "ingest", seeded)
            wait_until(lambda: is_ready(instance), 60, "ingest is back")
        believed = sdks.believed()
    verified(instance)
    found = asyncio.run(logged(instance))
    print(f"{len(believed)} believed delivered, {len(found)} in the log, {len(found) - len(set(found))} twice")  # noqa: T201 - shown with a failure

    assert len(believed) > SECONDS * A_SECOND // 2
    assert set(believed) - set(found) == set()
    assert asyncio.run(counted(instance)) == len(set(found))
