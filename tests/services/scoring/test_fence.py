import pytest
from aiokafka.structs import TopicPartition

from services.scoring.fence import PRIVATE_NAMES, Epochs, Unclaimed

CHANGELOG, CHANGES = TopicPartition("changelog", 1), TopicPartition("changes", 1)
ELSEWHERE = TopicPartition("changelog", 2)


@pytest.mark.parametrize(
    ("owner", "name"),
    [(owner, name) for owner, names in PRIVATE_NAMES.items() for name in names],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_the_installed_aiokafka_has_the_private_names_we_rely_on(owner: type, name: str):
    used = {
        used
        for function in vars(owner).values()
        for used in getattr(getattr(function, "__code__", None), "co_names", ())
    }
    assert hasattr(owner, name) or name in used, f"{owner.__qualname__} no longer has {name}: see fence.py"


async def test_a_batch_gets_the_id_and_epoch_of_its_partition():
    epochs = Epochs()
    epochs.hold(1, 1_000, 7)
    epochs.hold(2, 1_001, 3)
    found = []
    for place in (CHANGELOG, ELSEWHERE, CHANGES):
        epochs.sequence_number(place)
        found.append((epochs.producer_id, epochs.producer_epoch))
    assert found == [(1_000, 7), (1_001, 3), (1_000, 7)]


async def test_another_epoch_counts_from_0_in_every_topic_and_other_partitions_go_on():
    epochs = Epochs()
    epochs.hold(1, 1_000, 7)
    for place in (CHANGELOG, CHANGES, ELSEWHERE):
        epochs.increment_sequence_number(place, 5)
    epochs.hold(1, 1_000, 8)
    assert [epochs.sequence_number(place) for place in (CHANGELOG, CHANGES, ELSEWHERE)] == [0, 0, 5]


async def test_a_partition_that_was_not_claimed_is_not_written_to():
    epochs = Epochs()
    epochs.hold(2, 1_000, 7)
    epochs.maybe_add_partition_to_txn(ELSEWHERE)
    with pytest.raises(Unclaimed, match="partition 1 has not been claimed"):
        epochs.maybe_add_partition_to_txn(CHANGELOG)
