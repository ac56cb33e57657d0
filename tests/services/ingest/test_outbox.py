"""The outbox over a producer that acknowledges when the test says so."""

import asyncio

import pytest
from aiokafka.errors import KafkaError

from services.ingest.outbox import KafkaOutbox, NotKept, Outgoing

RECORD = Outgoing("activity.v1", b"acme", b"{}", [])
PATIENCE = 0.05


class SlowProducer:
    """Answers nothing until it is told to."""

    def __init__(self):
        self.sent = []

    async def send(self, *_record, headers):  # noqa: ARG002 - as the real one is called
        self.sent.append(asyncio.get_running_loop().create_future())
        return self.sent[-1]


@pytest.fixture
async def producer():
    return SlowProducer()


@pytest.fixture
async def outbox(producer):
    return KafkaOutbox(producer, PATIENCE)


async def test_it_returns_once_all_records_are_acknowledged(producer, outbox):
    keeping = asyncio.create_task(outbox.keep([RECORD, RECORD]))
    await asyncio.sleep(0)
    producer.sent[0].set_result(None)
    await asyncio.sleep(0)
    assert not keeping.done()

    producer.sent[1].set_result(None)
    await keeping


async def test_nothing_is_kept_at_once(producer, outbox):
    await outbox.keep([])

    assert producer.sent == []


async def test_while_nothing_is_acknowledged_it_says_so_and_then_takes_nothing_more(producer, outbox):
    with pytest.raises(NotKept):
        await outbox.keep([RECORD])
    await asyncio.sleep(PATIENCE)
    with pytest.raises(NotKept):
        await outbox.keep([RECORD])

    assert (len(producer.sent), outbox.reason) == (1, "Kafka does not acknowledge")


async def test_what_was_given_up_still_arrives_and_opens_the_outbox_again(producer, outbox):
    with pytest.raises(NotKept):
        await outbox.keep([RECORD])
    producer.sent[0].set_result(None)
    await asyncio.sleep(0)

    assert (producer.sent[0].cancelled(), outbox.reason) == (False, None)


async def test_a_refusal_breaks_it(producer, outbox):
    keeping = asyncio.create_task(outbox.keep([RECORD]))
    await asyncio.sleep(0)
    producer.sent[0].set_exception(KafkaError())
    with pytest.raises(NotKept):
        await keeping

    assert outbox.broken.is_set()
    with pytest.raises(NotKept, match="this process ends"):
        await outbox.keep([])
