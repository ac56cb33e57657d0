"""What remains of somebody who is forgotten, in which topic, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from schemas.forgetting import Subject
from schemas.time import iso
from schemas.topics import (
    ACTIVITY,
    ALERT_CONDITIONS,
    ALERTS,
    DEAD_LETTERS,
    EVENTS,
    SCORE_CHANGES,
    USER_LINKS,
    Topic,
)
from services.runtime.kafka import admin
from services.runtime.settings import KafkaSettings
from services.runtime.topics import Found, find_topics
from services.scoring.app import CHANGELOG

_CHANGELOG: Final = Topic(
    name=CHANGELOG,
    description="The state of scoring.",
    key="account id",
    retention_ms=-1,
    cleanup="compact",
)
_USERS: Final = {
    ACTIVITY: "what they did, under the id that the log has of them",
    EVENTS: "what producers of their own wrote",
    DEAD_LETTERS: "what was refused, as it was sent",
    USER_LINKS: "whose user they were",
    _CHANGELOG: "earlier states of their accounts",
}
_ACCOUNTS: Final = {
    ACTIVITY: "its events, facts and what people recorded",
    SCORE_CHANGES: "its scores and facts, as they were told",
    ALERT_CONDITIONS: "its conditions, as they were told",
    ALERTS: "its alerts, as they were told",
    EVENTS: "what producers of their own wrote",
    DEAD_LETTERS: "what was refused, as it was sent",
    USER_LINKS: "who its users were",
    _CHANGELOG: "its earlier states",
}
_UNTOLD: Final = 2**62  # Kafka's word for no limit


class Remainder(NamedTuple):
    """What a topic still holds. `until` None: for ever, as the topic is set."""

    topic: str
    what: str
    until: str | None
    setting: str  # what decides on it


async def remains(kafka: KafkaSettings, client_id: str, subject: Subject) -> list[Remainder]:
    """What there is, by the settings that the topics have now."""
    whats = _ACCOUNTS if subject.field == "account_id" else _USERS
    async with admin(kafka, client_id) as client:
        there = await find_topics(client, list(whats))
    now = datetime.now(UTC)
    return [_remainder(topic, there[topic.name], what, now) for topic, what in whats.items() if topic.name in there]


def _remainder(topic: Topic, found: Found, what: str, now: datetime) -> Remainder:
    name = "retention.ms" if topic.cleanup == "delete" else "max.compaction.lag.ms"
    length = int(found.configuration.get(name, -1))
    ends = None if not 0 <= length < _UNTOLD else iso_of(now + timedelta(milliseconds=length))
    return Remainder(topic.name, what, ends, f"{name}={length}")


def iso_of(moment: datetime) -> str:
    """As everything is told."""
    return iso(int(moment.timestamp() * 1_000))
