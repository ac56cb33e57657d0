"""The topic catalogue: what each topic carries, how it is keyed, and how long it lasts."""

from dataclasses import dataclass, field
from enum import StrEnum

_DAY_MS = 86_400_000
FOR_EVER = -1
COMPACTED = {"max.compaction.lag.ms": str(_DAY_MS)}  # what is deleted, or replaced, is gone a day later at the latest

EVENT_BYTES = 1_000_000  # the broker's own default limit, less room for the record's frame
DEAD_LETTER_BYTES = EVENT_BYTES + 65_536  # the largest message of events.v1, and its headers


class TimestampType(StrEnum):
    """Whose clock stamps a record."""

    CREATE = "CreateTime"  # the producer's
    LOG_APPEND = "LogAppendTime"  # the broker's


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and the promises that producers and readers rely on.

    `partitioned_with_log`: it has as many partitions as `activity.v1`, and partition n of it comes from partition n
    there.
    """

    name: str
    description: str
    key: str
    retention_ms: int
    max_message_bytes: int = EVENT_BYTES
    timestamp_type: TimestampType = TimestampType.CREATE
    partitioned_with_log: bool = True
    dead_letters: str | None = None
    cleanup: str = field(default="delete")

    def configuration(self) -> dict[str, str]:
        """The topic's settings as Kafka names them."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes + 48_576),
            "message.timestamp.type": self.timestamp_type.value,
            **(COMPACTED if self.cleanup == "compact" else {}),
        }


EVENTS = Topic(
    name="events.v1",
    description="Usage events written by producers of their own, with any partitioner.",
    key="anything, or nothing",
    retention_ms=7 * _DAY_MS,
    timestamp_type=TimestampType.LOG_APPEND,
    partitioned_with_log=False,
    dead_letters="dead-letters.v1",
)
ACTIVITY = Topic(
    name="activity.v1",
    description="The log: events, facts, judgements, ticks and publications. The only input of scoring.",
    key="account id (UTF-8); none for records that are written to every partition",
    retention_ms=FOR_EVER,
    timestamp_type=TimestampType.LOG_APPEND,
    dead_letters="dead-letters.v1",
)
USER_LINKS = Topic(
    name="user-links.v1",
    description="Which account each user belongs to: the newest link of `activity.v1` for each, for ingest to read. "
    "No value: the user is forgotten; and so is an account, where NUL comes before its id.",
    key="user id (UTF-8); NUL and an account id where that is forgotten",
    retention_ms=FOR_EVER,
    partitioned_with_log=False,
    cleanup="compact",
)
SCORE_CHANGES = Topic(
    name="score-changes.v1",
    description="Changes of an account's score, band, state or facts, each with its exact contributions. "
    "No value: the account is forgotten, and everything before it is to be.",
    key="account id (UTF-8)",
    retention_ms=FOR_EVER,
)
ALERT_CONDITIONS = Topic(
    name="alert-conditions.v1",
    description="Conditions of alert rules: opened, worsened, eased, closed. "
    "No value: the account is forgotten, and everything before it is to be.",
    key="account id (UTF-8)",
    retention_ms=FOR_EVER,
)
ALERTS = Topic(
    name="alerts.v1",
    description="Alerts as they live, for machines.",
    key="account id (UTF-8)",
    retention_ms=30 * _DAY_MS,
)
DEAD_LETTERS = Topic(
    name="dead-letters.v1",
    description="What could not be used: original key and bytes, with reason, detail and origin in headers.",
    key="as it came",
    retention_ms=30 * _DAY_MS,
    max_message_bytes=DEAD_LETTER_BYTES,
    partitioned_with_log=False,
)


def checked(*topics: Topic) -> tuple[Topic, ...]:
    """The topics, each of another name. Raises TypeError: a registry checks itself at import."""
    names = [topic.name for topic in topics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"the catalogue has two topics of the name {', '.join(twice)}"
        raise TypeError(msg)
    return topics


TOPICS = checked(EVENTS, ACTIVITY, USER_LINKS, SCORE_CHANGES, ALERT_CONDITIONS, ALERTS, DEAD_LETTERS)
