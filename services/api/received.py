"""A record of score-changes.v1 as the projector receives it: a change and its place, or why it cannot be used."""

from typing import Final, NamedTuple

from schemas.changes import ScoreChange
from schemas.codec import Unreadable, decode_score_change

_LARGEST: Final = 2**63 - 1  # what a bigint holds
_NUL: Final = "\x00"  # which JSON may carry, and PostgreSQL's text may not


class Received(NamedTuple):
    """A change and where it stands in the topic; `body` is the record's bytes, stored and served as they are."""

    change: ScoreChange
    partition: int
    position: int
    body: bytes


class Unusable(ValueError):
    """The record is not a change, or holds what a row cannot; it says what."""


class Forgotten(NamedTuple):
    """A record without a value, and where it stands: everything of this account before it is to go."""

    account_id: str
    partition: int
    position: int


def forgotten(key: bytes | None, partition: int, position: int) -> Forgotten:
    """Whom a record without a value forgets. Raises Unusable."""
    try:
        account_id = (key or b"").decode()
    except UnicodeDecodeError:
        account_id = ""
    if not account_id or _NUL in account_id:
        msg = "a record without a value has to name, by its key, the account that is forgotten"
        raise Unusable(msg)
    return Forgotten(account_id, partition, position)


def receive(body: bytes, partition: int, position: int) -> Received:
    """The change a record holds. Raises Unusable."""
    try:
        change = decode_score_change(body)
    except Unreadable as error:
        msg = f"not a score change: {error}"
        raise Unusable(msg) from error
    if rb"\u0000" in body:  # a quick look: hardly ever there
        _refuse_nul(change)
    if change.sequence > _LARGEST or (change.facts.seats or 0) > _LARGEST or (change.facts.arr_cents or 0) > _LARGEST:
        msg = "a number is too large for a column"
        raise Unusable(msg)
    return Received(change, partition, position, body)


def _refuse_nul(change: ScoreChange) -> None:
    facts = change.facts
    texts = (
        *(change.id, change.account_id),
        *(facts.name, facts.plan, facts.segment, facts.owner, facts.time_zone),
    )
    if any(text is not None and _NUL in text for text in texts):
        msg = "a text holds U+0000, which PostgreSQL cannot store"
        raise Unusable(msg)
