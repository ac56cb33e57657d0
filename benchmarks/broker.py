"""A Kafka of the benchmarks' own: the embedded one of `kizashi up`, in a folder that is removed at the end."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.runtime.embedded import jars, kafka
from services.runtime.kafka import admin, consumer
from services.runtime.program import start, stop
from services.runtime.settings import InstanceSettings, KafkaSettings, read

PARTITIONS = 8
_CLIENT = "benchmark"
_START_SECONDS, _END_SECONDS = 120.0, 20.0
_GONE_SECONDS = 60.0


@contextmanager
def running_broker() -> Iterator[KafkaSettings]:
    """A broker that nobody else uses."""
    with tempfile.TemporaryDirectory(prefix="kizashi-benchmark-", ignore_cleanup_errors=True) as folder:
        broker = kafka.prepare(Path(folder) / "kafka", jars.available(jars.wanted(), jar_cache(), print))
        with (Path(folder) / "kafka.log").open("wb") as log:
            process = start(broker.program, log)
        try:
            deadline = time.monotonic() + _START_SECONDS
            while not broker.is_ready(process.pid):
                assert process.poll() is None, "Kafka ended"
                assert time.monotonic() < deadline, "Kafka did not start"
                time.sleep(0.1)
            yield KafkaSettings(bootstrap_servers=broker.bootstrap_servers, partitions=PARTITIONS, replication=1)
        finally:
            stop(process, broker.program, _END_SECONDS)


def jar_cache() -> Path:
    """Where jars are kept from one run to the next."""
    return read(InstanceSettings).cache / "jars"


async def make_topics(broker: KafkaSettings, topics: Mapping[str, Mapping[str, str]]) -> None:
    """Make topics, each with settings as Kafka names them."""
    async with admin(broker, _CLIENT) as client:
        wanted = [NewTopic(name, PARTITIONS, 1, topic_configs=dict(settings)) for name, settings in topics.items()]
        await client.create_topics(wanted)
        while not await _have_leaders(client, list(topics)):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.1)


async def _have_leaders(client: AIOKafkaAdminClient, topics: list[str]) -> bool:
    described = await client.describe_topics(topics)
    return all(topic["partitions"] and all(one["leader"] >= 0 for one in topic["partitions"]) for topic in described)


async def remove_topics_but(broker: KafkaSettings, kept: Iterable[str]) -> None:
    """Remove all topics except those, and Kafka's own."""
    async with admin(broker, _CLIENT) as client:
        unwanted = {topic for topic in await client.list_topics() if not topic.startswith("__")} - set(kept)
        if unwanted:
            await client.delete_topics(sorted(unwanted))
        async with asyncio.timeout(_GONE_SECONDS):
            while unwanted & set(await client.list_topics()):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(0.1)


async def values_of(broker: KafkaSettings, topic: str) -> AsyncIterator[bytes]:
    """The value of every record of a topic."""
    async with consumer(broker, _CLIENT) as client:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        client.assign(parts)
        await client.seek_to_beginning(*parts)
        ends = await client.end_offsets(parts)
        while any([await client.position(part) < end for part, end in ends.items()]):
            for records in (await client.getmany(timeout_ms=500)).values():
                for record in records:
                    yield record.value
