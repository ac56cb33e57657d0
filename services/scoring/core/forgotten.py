"""Whom the log has forgotten of late, so that what was on its way about them is not taken after all.

On the way: in a spool while Kafka was away, in `events.v1`, or as a dead letter that is put back. Kept are hashes, not
ids: the state is one of the places in which nobody may be found any more.
"""

from hashlib import blake2b
from typing import Final

from schemas.activity import Event, OfAccount, UserLink
from schemas.time import DAY, Instant, instant_of

KEPT: Final = 31 * DAY  # dead letters can be replayed for 30


class Forgotten:
    """Accounts and users with the instant at which each was forgotten, for a month of stream time.

    `is_anybody`: whether there is one, for who asks with every event.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 22, tzinfo=UTC)
    >>> link = UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at)
    >>> forgotten = Forgotten()
    >>> forgotten.covers(link)
    False
    >>> forgotten.user("u-7", instant_of(at))
    >>> forgotten.covers(link)
    True
    """

    def __init__(self, instants: dict[int, Instant] | None = None) -> None:
        """Those of a header; nobody without one."""
        self._keep(dict(instants or {}))

    def _keep(self, instants: dict[int, Instant]) -> None:
        self._instants = instants
        self._newest = max(instants.values(), default=-1)
        self.is_anybody = bool(instants)

    def account(self, account_id: str, at: Instant) -> None:
        """An account is forgotten."""
        self._forget(_of_account(account_id), at)

    def user(self, user_id: str, at: Instant) -> None:
        """A user is forgotten."""
        self._forget(_of_user(user_id), at)

    def covers(self, record: OfAccount) -> bool:
        """Whether a record was received before its account or its user was forgotten. It comes after that."""
        received_at = instant_of(record.received_at)
        if received_at > self._newest:
            return False
        if received_at <= self._instants.get(_of_account(record.account_id), -1):
            return True
        named = record.user_id if isinstance(record, Event | UserLink) else None
        return named is not None and received_at <= self._instants.get(_of_user(named), -1)

    def advance(self, stream_time: Instant) -> None:
        """Stream time has moved on: what was received so long ago comes no more."""
        if self.is_anybody and min(self._instants.values()) < stream_time - KEPT:
            self._keep({who: at for who, at in self._instants.items() if at >= stream_time - KEPT})

    def packed(self) -> dict[int, Instant]:
        """As the header keeps it."""
        return dict(self._instants)

    def _forget(self, who: int, at: Instant) -> None:
        self._keep({**self._instants, who: max(at, self._instants.get(who, -1))})


def _of_account(account_id: str) -> int:
    return _hash(b"account" + account_id.encode())


def _of_user(user_id: str) -> int:
    return _hash(b"user" + user_id.encode())


def _hash(name: bytes) -> int:
    return int.from_bytes(blake2b(name, digest_size=8).digest())
