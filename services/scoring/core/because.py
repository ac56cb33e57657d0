"""The record at hand, as what it makes known tells of it."""

from schemas.activity import Event
from schemas.changes import Cause, CauseKind
from schemas.time import Instant, moment_of


class Because:
    """The record at hand: what it is to the changes and conditions that it makes known.

    `place`, its log's id, partition and offset, names it for ever. `cause` and `moment` are as all that it causes tells
    them.

    >>> because = Because("log", CauseKind.TICK, 1, 70, known_at=0)
    >>> because.place, because.cause.offset, because.of_kind(CauseKind.LATE).cause.kind.value
    ('log:1:70', 70, 'late')
    """

    __slots__ = (
        "_log_id",
        "cause",
        "event",
        "kind",
        "known_at",
        "moment",
        "offset",
        "place",
    )

    def __init__(
        self, log_id: str, kind: CauseKind, partition: int, offset: int, known_at: Instant, event: Event | None = None
    ) -> None:
        """A record of the log. `event`: where it is one."""
        name, message_id = (event.event_name, event.message_id) if event else (None, None)
        self._log_id = log_id
        self.place = f"{log_id}:{partition}:{offset}"
        self.cause = Cause(kind, partition, offset, name, message_id)
        self.kind = kind
        self.offset = offset
        self.known_at, self.moment = known_at, moment_of(known_at)
        self.event = event

    def of_kind(self, kind: CauseKind) -> "Because":
        """The same record, as a cause of another kind."""
        return Because(self._log_id, kind, self.cause.partition, self.offset, self.known_at, self.event)
