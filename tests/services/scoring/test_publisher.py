"""What becomes of a delivery that is never acknowledged."""

import asyncio

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder

from services.scoring.publisher import Publisher, Undelivered


class Silent:
    """A producer that takes everything, and has lost its brokers without knowing."""

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(1_000, 0)

    async def send_batch(self, *_: object, **__: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


async def test_a_delivery_without_an_answer_ends_with_what_was_not_delivered():
    publisher = Publisher(Silent(), Silent())
    with pytest.raises(Undelivered, match=r"score-changes\.v1/3 has not acknowledged"):
        await publisher.publish("score-changes.v1", 3, [(b"acme", b"{}")])
