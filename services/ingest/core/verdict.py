"""What becomes of something sent to us: it is admitted as a record of the log, or refused with a reason."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from schemas.activity import Adjusted, OfAccount
from schemas.dead_letters import DeadLetterReason
from schemas.time import Instant
from services.ingest.core.privacy import EVERYTHING, Privacy


class Links(Protocol):
    """Which account a user belongs to, as far as it is known."""

    def account_of(self, user_id: str) -> str | None:
        """The account, or None."""


class _Nobody:
    """No user is known."""

    def account_of(self, user_id: str) -> str | None:  # noqa: ARG002 - by the port
        return None


NOBODY: Links = _Nobody()


class Receipt(NamedTuple):
    """How something reached us. `source` is the sender's stable name; `message_id` serves where it gave none.

    `sent_at` is the instant at which it was sent by the sender's own clock, where that is said; `known` are the users
    known at that moment; `privacy` is what may be kept. A tuple, as are the others here: each event makes several, and
    a frozen dataclass takes three times as long to make.
    """

    received_at: Instant
    source: str
    message_id: str
    sent_at: Instant | None = None
    known: Links = NOBODY
    privacy: Privacy = EVERYTHING


class Happening(NamedTuple):
    """Something a user of an account did, cleaned and checked; `message_id` only where the sender gave one.

    A tuple, since millions of rows of history become one each, twice.
    """

    account_id: str
    event_name: str
    occurred_at: Instant
    user_id: str | None
    feature: str | None
    message_id: str | None
    adjusted: Adjusted | None = None  # what was done to the time that the sender said


class Admitted(NamedTuple):
    """It goes into the log, as these records; none, where it says nothing that the log keeps."""

    records: tuple[OfAccount, ...]


class Refused(NamedTuple):
    """It becomes a dead letter. `detail` says which field is wrong, and what to send instead.

    `user_id` is the user whose account would have to be known, where that is all that is wrong.
    """

    reason: DeadLetterReason
    detail: str
    user_id: str | None = None


Decide = Callable[[bytes, Receipt, int], Admitted | Refused]  # what becomes of bytes, of which there may be so many


class Unusable(Exception):
    """Raised inside the core, where a check fails deep in a reading; it never leaves the core."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refused(reason, detail)
