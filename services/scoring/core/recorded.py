"""What a partition takes and gives: records of the log, what cannot be used of them, and who is forgotten."""

from typing import NamedTuple

from schemas.activity import Activity
from schemas.changes import ScoreChange
from schemas.conditions import Condition
from schemas.dead_letters import DeadLetterReason
from schemas.time import Instant
from schemas.value import Value


class Recorded(Value, frozen=True):
    """A record of the log where it stands. `timestamp` is the broker's; `activity` None where it is not one of ours."""

    offset: int
    timestamp: Instant
    activity: Activity | None
    key: bytes | None
    value: bytes | None


class Unusable(NamedTuple):
    """A record that scoring could not use."""

    record: Recorded
    reason: DeadLetterReason
    detail: str


class Gone(NamedTuple):
    """An account was forgotten: whatever came out about it until now is to be forgotten, too."""

    account_id: str


Output = ScoreChange | Condition | Unusable | Gone
