"""The record at hand, as what it makes known tells of it."""

from datetime import datetime
from typing import NamedTuple, Self

from schemas.activity import Event
from schemas.changes import Cause, CauseKind
from schemas.time import Instant, moment_of


class _Because(NamedTuple):
    place: str
    cause: Cause
    kind: CauseKind
    offset: int
    known_at: Instant
    moment: datetime
    event: Event | None


class Because(_Because):
    """The record at hand: what it is to the changes and conditions that it makes known.

    `place`, its log's id, partition and offset, names it for ever. `cause` and `moment` are as all that it causes tells
    them.

    >>> because = Because("log", CauseKind.TICK, 1, 70, known_at=0)
    >>> because.place, because.cause.offset, because.of_kind(CauseKind.LATE).cause.kind.value
    ('log:1:70', 70, 'late')
    """

    __slots__ = ()

    def __new__(
        cls, log_id: str, kind: CauseKind, partition: int, offset: int, known_at: Instant, event: Event | None = None
    ) -> Self:
        """A record of the log. `event`: where it is one."""
        name, message_id = (event.event_name, event.message_id) if event else (None, None)
        cause = Cause(kind, partition, offset, name, message_id)
        place = f"{log_id}:{partition}:{offset}"
        return super().__new__(cls, place, cause, kind, offset, known_at, moment_of(known_at), event)

    def of_kind(self, kind: CauseKind) -> Self:
        """The same record, as a cause of another kind."""
        cause = self.cause
        other = Cause(kind, cause.partition, cause.offset, cause.event_name, cause.message_id)
        return self._replace(kind=kind, cause=other)
