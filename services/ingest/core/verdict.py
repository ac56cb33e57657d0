"""What becomes of something sent to us: it is admitted as a record of the log, or refused with a reason."""

from dataclasses import dataclass

from schemas.activity import AccountFacts, Event, UserLink
from schemas.dead_letters import DeadLetterReason
from schemas.time import Instant

Admissible = Event | AccountFacts | UserLink


@dataclass(frozen=True, slots=True)
class Receipt:
    """How something reached us. `source` is the sender's stable name; `message_id` serves where it gave none."""

    received_at: Instant
    source: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """It goes into the log."""

    record: Event


@dataclass(frozen=True, slots=True)
class Refused:
    """It becomes a dead letter. `detail` says which field is wrong, and what to send instead."""

    reason: DeadLetterReason
    detail: str


class Unusable(Exception):
    """Raised inside the core, where a check fails deep in a reading; it never leaves the core."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refused(reason, detail)
