"""Cursors: where a page ended, as text that clients keep and send back without looking into it.

No cursor holds a serial number of the database. A list continues after a rank, an account's history before a position
in its partition, and the feed from one offset for each partition of score-changes.v1: what has been applied up to there
can never be joined later by something earlier.
"""

from base64 import b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

_Rank = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]  # as wide as the columns they are compared with
_Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_AccountId = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]


class InvalidCursor(ValueError):
    """The text is no cursor of the page it was sent to."""


class AfterAccount(Struct, frozen=True, array_like=True, tag="a"):
    """The ranked list goes on after this account."""

    rank: _Rank
    account_id: _AccountId


class BeforeChange(Struct, frozen=True, array_like=True, tag="h"):
    """An account's history goes on before the change at this position of its partition."""

    position: _Offset


class FromOffsets(Struct, frozen=True, array_like=True, tag="f"):
    """The feed goes on with the change at `offsets[n]` of each partition n, of this log and no other."""

    log: str
    offsets: tuple[_Offset, ...]


class BeforeLetter(Struct, frozen=True, array_like=True, tag="d"):
    """Dead letters go on before the one that was refused then, at this place."""

    refused_at: Annotated[datetime, Meta(tz=True)]
    partition: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    position: _Offset


Cursor = AfterAccount | BeforeChange | FromOffsets | BeforeLetter
_Kind = TypeVar("_Kind", AfterAccount, BeforeChange, FromOffsets, BeforeLetter)


def write_cursor(cursor: Cursor) -> str:
    """A cursor as text that needs no escaping in a URL.

    >>> write_cursor(BeforeChange(position=3))
    'kqFoAw'
    """
    return urlsafe_b64encode(msgspec.msgpack.encode(cursor)).rstrip(b"=").decode("ascii")


def read_cursor(text: str, kind: type[_Kind]) -> _Kind:
    """The cursor that was written. Raises InvalidCursor, also where it is one of another kind.

    >>> read_cursor("kqFoAw", BeforeChange)
    BeforeChange(position=3)
    """
    try:
        packed = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=kind)
    except (ValueError, msgspec.DecodeError) as error:
        msg = "this is no cursor of this page: send one back as it came, or none"
        raise InvalidCursor(msg) from error
