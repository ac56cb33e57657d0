"""What brokers promise an owner. Kafka has none of it in writing: a version that differs shows here."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import ProducerFenced

from services.runtime.kafka import admin, await_brokers, consumer, producer
from services.runtime.settings import KafkaSettings
from services.scoring.changelog import CLAIM_KEY
from services.scoring.fence import RENEWED_SECONDS, REPEATED_SECONDS, Claim, Fence, Unclaimed
from services.scoring.publisher import Publisher
from tests.integration.broker import Broker

CHANGELOG = "fence-tests-changelog"
OTHER = "fence-tests-changes"


class Worker:
    """A process that may own partitions of the changelog."""

    def __init__(self, of_changelog: AIOKafkaProducer, client: AIOKafkaProducer) -> None:
        self.publisher = Publisher(client, client, {CHANGELOG: of_changelog})
        self.fence = Fence(of_changelog, "fence-tests", CHANGELOG, client)

    async def write(self, partition: int, *values: bytes, topic: str = CHANGELOG) -> None:
        await self.publisher.publish(topic, partition, [(b"key", value) for value in values])

    def epoch_of(self, partition: int) -> tuple[int, int]:
        """Producer id and epoch."""
        return self.fence._epochs._ids[partition]


async def make_topics(kafka: KafkaSettings) -> None:
    async with admin(kafka, "tests") as client:
        await client.create_topics(
            [
                NewTopic(CHANGELOG, 2, 1, topic_configs={"cleanup.policy": "compact"}),
                NewTopic(OTHER, 2, 1),
            ]
        )


class Start:
    """Starts workers on a Kafka, and ends them after the test."""

    def __init__(self, kafka: KafkaSettings, ending: AsyncExitStack) -> None:
        self._kafka, self._ending = kafka, ending

    async def __call__(self) -> Worker:
        start = self._ending.enter_async_context
        return Worker(await start(producer(self._kafka, "tests")), await start(producer(self._kafka, "tests")))


@pytest.fixture
async def start_worker(kafka: KafkaSettings) -> AsyncIterator[Start]:
    await make_topics(kafka)
    async with AsyncExitStack() as ending:
        yield Start(kafka, ending)


async def values(kafka: KafkaSettings, partition: int) -> list[bytes]:
    """What the changelog holds, without claims."""
    return [value for key, value in await records(kafka, partition) if key != CLAIM_KEY]


async def records(kafka: KafkaSettings, partition: int) -> list[tuple[bytes, bytes]]:
    place = TopicPartition(CHANGELOG, partition)
    found = []
    async with consumer(kafka, "tests", isolation_level="read_uncommitted") as client:
        client.assign([place])
        end = (await client.end_offsets([place]))[place]
        while await client.position(place) < end:
            batch = (await client.getmany(timeout_ms=500)).get(place, [])
            found += [(record.key, record.value) for record in batch]
    return found


async def test_after_a_claim_the_broker_refuses_what_the_owner_before_sends(kafka: KafkaSettings, start_worker: Start):
    before, after = await start_worker(), await start_worker()
    await before.fence.claim(0)
    await before.write(0, b"1", b"2")
    await after.fence.claim(0)
    with pytest.raises(ProducerFenced):
        await before.write(0, b"late")
    await after.write(0, b"3")
    assert await values(kafka, 0) == [b"1", b"2", b"3"]


async def test_a_claim_takes_the_next_epoch_of_the_same_producer_id(start_worker: Start):
    before, after = await start_worker(), await start_worker()
    await before.fence.claim(0)
    assert (await after.fence.claim(0)).is_unbroken is False
    (old_id, old_epoch), (new_id, new_epoch) = before.epoch_of(0), after.epoch_of(0)
    assert (new_id, new_epoch) == (old_id, old_epoch + 1)


async def test_an_owner_knows_whether_somebody_else_has_claimed_since(start_worker: Start):
    worker, other = await start_worker(), await start_worker()
    claims = [await worker.fence.claim(0), await worker.fence.claim(0)]
    await other.fence.claim(0)
    claims += [await worker.fence.claim(0), await worker.fence.claim(0)]
    assert [claim.is_unbroken for claim in claims] == [False, True, False, True]


async def test_the_claim_is_read_before_anything_that_its_owner_writes(kafka: KafkaSettings, start_worker: Start):
    before, after = await start_worker(), await start_worker()
    await before.fence.claim(1)
    await before.write(1, b"1")
    offset, _ = await after.fence.claim(1)
    await after.write(1, b"2")
    found = await records(kafka, 1)
    assert [key for key, _ in found] == [CLAIM_KEY, b"key", CLAIM_KEY, b"key"]
    assert offset == 2
    assert msgspec.json.decode(found[2][1], type=Claim).epoch == after.epoch_of(1)[1]


async def test_partitions_are_claimed_one_by_one_and_other_topics_go_with_them(
    kafka: KafkaSettings, start_worker: Start
):
    before, after = await start_worker(), await start_worker()
    for partition in (0, 1):
        await before.fence.claim(partition)
        await before.write(partition, b"1", topic=OTHER)
    await after.fence.claim(1)
    await after.write(1, b"2", topic=OTHER)
    await before.write(0, b"mine still")
    with pytest.raises(ProducerFenced):
        await before.write(1, b"late", topic=OTHER)
    assert await values(kafka, 0) == [b"mine still"]


async def test_what_was_not_claimed_is_not_written(kafka: KafkaSettings, start_worker: Start):
    worker = await start_worker()
    await worker.fence.claim(0)
    with pytest.raises(Unclaimed, match="partition 1 has not been claimed"):
        await worker.write(1, b"nobody's")
    await worker.write(0, b"mine")
    assert (await values(kafka, 0), await values(kafka, 1)) == ([b"mine"], [])


async def test_an_owner_says_so_every_hour_and_claims_again_every_day(kafka: KafkaSettings, start_worker: Start):
    worker = await start_worker()
    await worker.fence.claim(0)
    first = worker.epoch_of(0)
    await worker.fence.keep(0)
    assert len(await records(kafka, 0)) == 1
    worker.fence._held[0].repeated -= REPEATED_SECONDS
    await worker.fence.keep(0)
    await worker.fence.keep(0)
    assert (len(await records(kafka, 0)), worker.epoch_of(0)) == (2, first)
    worker.fence._held[0].renewed -= RENEWED_SECONDS
    await worker.fence.keep(0)
    await worker.fence.keep(0)
    assert (len(await records(kafka, 0)), worker.epoch_of(0)) == (3, (first[0], first[1] + 1))
    await worker.write(0, b"goes on")
    assert await values(kafka, 0) == [b"goes on"]


async def test_an_owner_that_renews_what_another_has_claimed_ends(start_worker: Start):
    worker, other = await start_worker(), await start_worker()
    await worker.fence.claim(0)
    await other.fence.claim(0)
    worker.fence._held[0].renewed -= RENEWED_SECONDS
    with pytest.raises(ProducerFenced):
        await worker.fence.keep(0)


@pytest.fixture
def broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    yield broker
    broker.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_broker_still_refuses_after_a_restart(broker: Broker, how: signal.Signals):
    await await_brokers(broker.settings, "tests", seconds=60)
    await make_topics(broker.settings)
    async with AsyncExitStack() as ending:
        before = await Start(broker.settings, ending)()
        await before.fence.claim(0)
        await before.write(0, b"1")
        after = await Start(broker.settings, ending)()
        await after.fence.claim(0)
        broker.end(how)
        broker.start()
        await await_brokers(broker.settings, "tests", seconds=60)
        with pytest.raises(ProducerFenced):
            await before.write(0, b"late")
        await after.write(0, b"2")
    assert await values(broker.settings, 0) == [b"1", b"2"]
