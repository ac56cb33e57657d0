"""Compaction of the changelog, now instead of some day."""

import asyncio
import time

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

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


def compact(instance: Instance) -> None:
    """Have the changelog compacted, and return when records have gone. Ticks must go on, since they bring flushes."""
    before = look(instance).kept
    set_changelog(instance, _AT_ONCE)
    deadline = time.monotonic() + _SECONDS
    while look(instance).kept >= before / 2:
        assert time.monotonic() < deadline, f"not compacted within {_SECONDS:g} s"
        time.sleep(2)


def set_changelog(instance: Instance, settings: dict[str, str]) -> None:
    """Change the topic's configuration."""
    asyncio.run(configure(instance, CHANGELOG, settings))


async def configure(instance: Instance, topic: str, settings: dict[str, str]) -> None:
    """Change the configuration of a topic: what is not named goes back to its default."""
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    async with admin(kafka, "tests") as client:
        kept = {"cleanup.policy": "compact"} if topic == CHANGELOG else {}
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**kept, **settings})])
