"""A connection whose transport closes under it, on the loop that services run on."""

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from schemas.topics import ACTIVITY
from services.runtime import loop
from services.runtime.kafka import producer
from services.runtime.log import LogIdentity
from services.runtime.settings import KafkaSettings


@pytest.mark.parametrize("name", loop.PRIVATE_NAMES)
def test_aiokafka_still_has_what_is_repaired(name: str) -> None:
    assert hasattr(AIOKafkaConnection, name)


def test_a_producer_outlives_a_transport_that_closes_as_it_writes(
    log_identity: LogIdentity, kafka: KafkaSettings
) -> None:
    assert log_identity.partitions == loop.run(written_around_a_break(kafka))


async def written_around_a_break(kafka: KafkaSettings) -> int:
    """How many partitions could be written to after the connections broke; asserts how they did."""
    async with producer(kafka, "tests") as client:
        await client.send_and_wait(ACTIVITY.name, b"{}", partition=0)
        for connection in client.client._conns.values():
            connection._read_task.cancel()  # it would notice, and take the connection out of use: sometimes too late
            connection._writer.transport.abort()
            await connection._closed_fut
            with pytest.raises(KafkaConnectionError, match="the handler is closed"):
                connection.send(MetadataRequest([]))
        partitions = await client.partitions_for(ACTIVITY.name)
        for partition in partitions:
            await client.send_and_wait(ACTIVITY.name, b"{}", partition=partition)
        return len(partitions)
