"""A record of the log as Kafka hands it over, made into what the core takes."""

from collections.abc import Sequence
from typing import Protocol

from schemas.codec import Unreadable, decode_activities, decode_activity
from services.scoring.core.partition import Recorded


class ConsumerRecord(Protocol):
    """What is needed of aiokafka's record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def recorded(record: ConsumerRecord) -> Recorded:
    """The record, its activity None where the bytes are not one of ours."""
    try:
        activity = decode_activity(record.value or b"")
    except Unreadable:
        activity = None
    return Recorded(record.offset, record.timestamp, activity, record.key, record.value)


def all_recorded(records: Sequence[ConsumerRecord]) -> list[Recorded]:
    """What `recorded` makes of each, in two thirds of the time while all of them can be read."""
    try:
        activities = decode_activities([record.value or b"" for record in records])
    except Unreadable:
        return [recorded(record) for record in records]
    return [
        Recorded(record.offset, record.timestamp, activity, record.key, record.value)
        for record, activity in zip(records, activities, strict=True)
    ]
