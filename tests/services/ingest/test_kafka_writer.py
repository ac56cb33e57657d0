"""Records on their way to Kafka: in their order, in batches that are compressed where that is worth it."""

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from services.ingest.kafka_writer import packed
from services.ingest.outbox import Outgoing

SNAPPY = 2


class Producer:
    """Makes batches as one that is connected does."""

    def create_batch(self):
        return BatchBuilder(16_384, SNAPPY, is_transactional=0)


def record(value: bytes) -> Outgoing:
    return Outgoing("activity.v1", b"acme", value, [])


def read(builder: BatchBuilder) -> tuple[int, list[bytes]]:
    """How a batch is compressed, and the values in it."""
    builder.close()
    batch = DefaultRecordBatch(bytes(builder._build()))
    return batch.compression_type, [one.value for one in batch]


@pytest.mark.parametrize(
    ("values", "batches"),
    [
        pytest.param([b"1", b"2", b"3"], [(0, [b"1", b"2", b"3"])], id="a few, as they are"),
        pytest.param([b"1", b"2", b"3", b"4"], [(SNAPPY, [b"1", b"2", b"3", b"4"])], id="several, compressed"),
        pytest.param(
            [b"x" * 200_000, b"y" * 200_000],
            [(0, [b"x" * 200_000]), (SNAPPY, [b"y" * 200_000])],
            id="more than a batch holds",
        ),
        pytest.param([b"x" * 600_000, b"y"], [(0, [b"x" * 600_000]), (SNAPPY, [b"y"])], id="larger than a batch"),
    ],
)
def test_records_are_packed_in_their_order(values, batches):
    assert [read(batch) for batch in packed(Producer(), list(map(record, values)))] == batches
