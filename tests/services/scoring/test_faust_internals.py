from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from services.scoring.faust_internals import BATCH_RECORDS, PRIVATE_NAMES, Batches

PARTITION, OTHER = TP("activity.v1", 0), TP("activity.v1", 1)


def records(count: int) -> list[Any]:
    return [SimpleNamespace(offset=offset, timestamp=offset * 10, timestamp_type=1) for offset in range(count)]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_the_installed_faust_has_the_private_names_we_rely_on(owner: type, name: str):
    source = "".join(
        method
        for kind in owner.__mro__
        for function in vars(kind).values()
        for method in getattr(getattr(function, "__code__", None), "co_names", ())
        if method == name
    )
    assert hasattr(owner, name) or source, f"{owner.__qualname__} no longer has {name}: see faust_internals.py"


def test_records_come_in_batches_of_one_partition_in_the_shape_of_the_last():
    batches = Batches()
    batches.read_offsets = {}
    fetched = {PARTITION: records(BATCH_RECORDS + 1), OTHER: records(3)}
    assert [
        (tp, batch.topic, batch.partition, batch.offset, batch.timestamp, len(batch.value))
        for tp, batch in batches.iterate(fetched)
    ] == [
        (PARTITION, "activity.v1", 0, BATCH_RECORDS - 1, (BATCH_RECORDS - 1) * 10, BATCH_RECORDS),
        (PARTITION, "activity.v1", 0, BATCH_RECORDS, BATCH_RECORDS * 10, 1),
        (OTHER, "activity.v1", 1, 2, 20, 3),
    ]


def test_batches_forget_faust_s_read_offset_so_that_what_is_read_again_is_not_dropped():
    batches = Batches()
    batches.read_offsets = {PARTITION: 17}
    list(batches.iterate({PARTITION: records(2)}))
    assert batches.read_offsets == {PARTITION: None}
