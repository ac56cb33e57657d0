"""Topics of a running instance, configured otherwise: compacted now, or refusing what is written."""

import asyncio
import time

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import TOPICS
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings
from services.scoring.app import CHANGELOG
from tests.faults.truth import look
from tests.integration.conftest import Instance

_SECONDS = 60.0  # Kafka's cleaner looks every 15 s
_AT_ONCE = {
    "segment.ms": "100",  # the segment that is written to is never compacted: begin another with the next record
    "min.cleanable.dirty.ratio": "0.0",
    "min.compaction.lag.ms": "0",
    "delete.retention.ms": "0",
}
TOO_LARGE = {"max.message.bytes": "10"}  # answered with an error that no retry mends
NOT_ENOUGH_REPLICAS = {"min.insync.replicas": "2"}  # of a topic that has one: answered with one that asks for a retry


def compact(instance: Instance) -> None:
    """Have the changelog compacted, and return when records have gone. Ticks must go on, since they bring flushes."""
    before = look(instance).kept
    configure(instance, CHANGELOG, _AT_ONCE)
    deadline = time.monotonic() + _SECONDS
    while look(instance).kept >= before / 2:
        assert time.monotonic() < deadline, f"not compacted within {_SECONDS:g} s"
        time.sleep(2)


def configure(instance: Instance, topic: str, settings: dict[str, str]) -> None:
    """Set these of a topic's settings; every other one goes back to what it was made with."""
    made_with = {"cleanup.policy": "compact"} if topic == CHANGELOG else _catalogued(topic)
    asyncio.run(_alter(instance, topic, {**made_with, **settings}))


def _catalogued(topic: str) -> dict[str, str]:
    return next(one.configuration() for one in TOPICS if one.name == topic)


async def _alter(instance: Instance, topic: str, settings: dict[str, str]) -> None:
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    async with admin(kafka, "tests") as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
