"""A log that no longer starts at its beginning cannot be recomputed, and says so."""

import pytest
from aiokafka import TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from schemas.topics import ACTIVITY
from services.runtime.kafka import admin, consumer
from services.runtime.log import LogIdentity
from services.runtime.settings import KafkaSettings
from services.scoring.replay import Trimmed, log_ends


async def test_a_whole_log_says_where_it_ends(kafka: KafkaSettings, log_identity: LogIdentity):
    async with consumer(kafka, "tests") as client:
        ends = await log_ends(client, log_identity.partitions)
    assert ends == dict.fromkeys(range(log_identity.partitions), 1)  # each begins with the record of the log


async def test_a_trimmed_log_says_where_it_starts(kafka: KafkaSettings, log_identity: LogIdentity):
    async with admin(kafka, "tests") as client:
        await client.delete_records({TopicPartition(ACTIVITY.name, 1): RecordsToDelete(before_offset=1)})
    async with consumer(kafka, "tests") as client:
        with pytest.raises(Trimmed, match="partition 1 of the log starts at offset 1, and is empty"):
            await log_ends(client, log_identity.partitions)
