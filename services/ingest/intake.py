"""What was decided about the items of one delivery, as records to keep: the log's, and dead letters."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from schemas.activity import UserLink
from schemas.codec import encode
from schemas.dead_letters import DeadLetter, DeadLetterReason
from schemas.time import moment_of
from schemas.topics import ACTIVITY, DEAD_LETTERS, USER_LINKS
from services.ingest.core.links import Heard, LinkBook
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.outbox import Outgoing

_NO_HEADERS: Final[list[tuple[str, bytes]]] = []


class Original(NamedTuple):
    """Something as it came in."""

    value: bytes
    origin: str  # "topic/partition/offset", or "http <route>"
    receipt: Receipt
    key: bytes | None = None


@dataclass(slots=True)
class Intake:
    """Collects decisions. Who belongs where is looked up in `known`, which hears what is said in between."""

    known: Heard = field(default_factory=lambda: Heard(LinkBook()))
    outgoing: list[Outgoing] = field(default_factory=list)
    accepted: int = 0
    refused: dict[DeadLetterReason, int] = field(default_factory=dict)

    def add(self, original: Original, decision: Admitted | Refused) -> None:
        """What was decided about one item."""
        if isinstance(decision, Refused):
            self.refused[decision.reason] = self.refused.get(decision.reason, 0) + 1
            self.outgoing.append(letter(original, decision))
        else:
            self.accepted += 1
            for record in decision.records:
                self.outgoing.append(Outgoing(ACTIVITY.name, record.account_id.encode(), encode(record), _NO_HEADERS))
                if isinstance(record, UserLink) and self.known.hear(record):
                    self.outgoing.append(
                        Outgoing(USER_LINKS.name, record.user_id.encode(), encode(record), _NO_HEADERS)
                    )


def letter(original: Original, refused: Refused) -> Outgoing:
    """The dead letter of something refused: its own key and bytes, the rest in headers."""
    headers = DeadLetter(
        reason=refused.reason,
        detail=refused.detail,
        origin=original.origin,
        refused_at=moment_of(original.receipt.received_at),
        source=original.receipt.source,
        user_id=refused.user_id,
    ).headers()
    return Outgoing(DEAD_LETTERS.name, original.key, original.value, headers)


def unexpected(failure: Exception) -> Refused:
    """What becomes of an item at which our own code fails: a dead letter, so that its neighbours are taken."""
    return Refused(DeadLetterReason.UNEXPECTED, f"our own code failed: {type(failure).__name__}")
