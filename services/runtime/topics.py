"""Makes the topics of the catalogue, and refuses those that do not keep its promises.

TopicsRefused   says everything that is wrong, and what to do
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from schemas.topics import ACTIVITY, TOPICS, Topic
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings

_EXACT = ("cleanup.policy", "message.timestamp.type")  # another value breaks what scoring relies on
_SAFE_REPLICATION = 3
_SECONDS_TO_APPEAR = 30.0


class TopicsRefused(Exception):
    """The topics in Kafka are not those of the catalogue, or cannot be made."""


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as it is in Kafka."""

    partitions: int
    replication: int
    configuration: Mapping[str, str]


async def ensure_topics(settings: KafkaSettings, client_id: str, catalogue: Sequence[Topic] = TOPICS) -> int:
    """Make the topics that are missing, check the others, and return the partition count of the log.

    The count is that of `activity.v1` as it is; the settings only say how a new one is made. Raises TopicsRefused.
    """
    async with admin(settings, client_id) as client:
        found = await find_topics(client, catalogue)
        log = found.get(ACTIVITY.name)
        partitions = settings.partitions if log is None else log.partitions
        missing = [topic for topic in catalogue if topic.name not in found]
        if missing:
            await _create(client, missing, partitions, settings.replication)
            found = await _appeared(client, catalogue)
    wrong = [
        sentence
        for topic in catalogue
        for sentence in objections(topic, found[topic.name], partitions, settings.replication)
    ]
    if wrong:
        raise TopicsRefused("\n".join(wrong))
    return partitions


def objections(topic: Topic, found: Found, partitions: int, replication: int) -> list[str]:
    """What is wrong with a topic, each as a sentence that says what to do. Settings that only cost are not."""
    wrong = []
    if topic.partitioned_with_log and found.partitions != partitions:
        wrong.append(
            f"{topic.name} has {found.partitions} partitions, {ACTIVITY.name} has {partitions}: "
            f"they have to be equal. Delete {topic.name} if it is new, or restore it."
        )
    if found.replication < replication:
        wrong.append(
            f"{topic.name} is kept on {found.replication} broker(s), {replication} are asked for: reassign it, "
            "or set KIZASHI_KAFKA_REPLICATION to accept less."
        )
    for name, value in _promises(topic, replication).items():
        is_kept = (
            found.configuration.get(name) == value
            if name in _EXACT
            else int(found.configuration.get(name, 0)) >= int(value)
        )
        if not is_kept:
            wrong.append(
                f"{topic.name} has {name}={found.configuration.get(name)}, {value} is needed: "
                f"kafka-configs.sh --alter --topic {topic.name} --add-config {name}={value}"
            )
    return wrong


async def find_topics(client: AIOKafkaAdminClient, catalogue: Sequence[Topic] = TOPICS) -> dict[str, Found]:
    """The topics of the catalogue that exist."""
    names = {topic.name for topic in catalogue}.intersection(await client.list_topics())
    if not names:
        return {}
    described = await client.describe_topics(sorted(names))
    configurations = await _configurations(client, sorted(names))
    return {
        topic["topic"]: Found(
            partitions=len(topic["partitions"]),
            replication=min((len(one["replicas"]) for one in topic["partitions"]), default=0),
            configuration=configurations[topic["topic"]],
        )
        for topic in described
    }


def _min_insync(replication: int) -> int:
    return 2 if replication >= _SAFE_REPLICATION else 1


def _promises(topic: Topic, replication: int) -> dict[str, str]:
    wanted = topic.configuration()
    return {
        **{name: wanted[name] for name in _EXACT},
        "max.message.bytes": wanted["max.message.bytes"],
        "min.insync.replicas": str(_min_insync(replication)),
    }


async def _create(client: AIOKafkaAdminClient, missing: Sequence[Topic], partitions: int, replication: int) -> None:
    answer = await client.create_topics(
        [
            NewTopic(
                topic.name,
                partitions,
                replication,
                topic_configs={
                    **topic.configuration(),
                    "min.insync.replicas": str(_min_insync(replication)),
                },
            )
            for topic in missing
        ]
    )
    wrong = []
    for name, code, *text in answer.topic_errors:
        problem = for_code(code)
        if problem not in (NoError, TopicAlreadyExistsError):  # another process may have been first
            wrong.append(f"{name} could not be made: {problem.__name__} {text[0] or '' if text else ''}".rstrip())
    if wrong:
        wrong.append(
            f"(asked for: {partitions} partitions on {replication} brokers; KIZASHI_KAFKA_PARTITIONS, "
            "KIZASHI_KAFKA_REPLICATION. The user needs the right to create these topics, or makes them beforehand.)"
        )
        raise TopicsRefused("\n".join(wrong))


async def _appeared(client: AIOKafkaAdminClient, catalogue: Sequence[Topic]) -> dict[str, Found]:
    """All topics of the catalogue, once every one is known with its leaders."""
    async with asyncio.timeout(_SECONDS_TO_APPEAR):
        while True:
            found = await find_topics(client, catalogue)
            if len(found) == len(catalogue) and all(topic.partitions for topic in found.values()):
                return found
            await asyncio.sleep(0.1)


async def _configurations(client: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    answers = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
