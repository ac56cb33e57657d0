"""The conditions that scoring has delivered, as `alert-conditions.v1` holds them."""

from collections.abc import AsyncIterator, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import Unreadable, decode_condition
from schemas.topics import ALERT_CONDITIONS

_POLL_MS = 1_000


async def conditions_in(
    client: AIOKafkaConsumer, number: int, unusable: Callable[[str, str], None]
) -> AsyncIterator[tuple[str, bytes]]:
    """Id and bytes of every condition of a partition, up to its present end. After a crash some come twice.

    `unusable` is told of a record that is none (nobody but scoring may write there): where it is, and why.
    """
    place = TopicPartition(ALERT_CONDITIONS.name, number)
    client.assign([place])
    (end,) = (await client.end_offsets([place])).values()
    await client.seek_to_beginning(place)
    while await client.position(place) < end:
        for record in (await client.getmany(timeout_ms=_POLL_MS)).get(place, []):
            if record.value is None:
                continue  # an account is forgotten
            try:
                yield decode_condition(record.value).id, record.value
            except Unreadable as unreadable:
                unusable(f"{ALERT_CONDITIONS.name}/{number}/{record.offset}", f"is not a condition: {unreadable}")
