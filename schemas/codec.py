"""How contracts become bytes and bytes become contracts. JSON on the wire; MessagePack for state that only we read."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from schemas.activity import Activity, UserLink
from schemas.alerts import Message
from schemas.changes import ScoreChange
from schemas.conditions import Condition

T = TypeVar("T")

Unreadable = msgspec.DecodeError  # ValidationError, its subclass, says where

_json = msgspec.json.Encoder()
_packer = msgspec.msgpack.Encoder()
_activity: msgspec.json.Decoder[Activity] = msgspec.json.Decoder(Activity)
_user_link = msgspec.json.Decoder(UserLink)
_score_change = msgspec.json.Decoder(ScoreChange)
_condition = msgspec.json.Decoder(Condition)
_message: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def encode(record: msgspec.Struct) -> bytes:
    """A contract as JSON: the fields in the order they are declared, so equal records are equal bytes."""
    return _json.encode(record)


def decode_activity(value: bytes) -> Activity:
    """A record of `activity.v1`. Raises `Unreadable`."""
    return _activity.decode(value)


def decode_activities(values: Sequence[bytes]) -> list[Activity]:
    """Records of `activity.v1`, many for the price of two thirds. Raises `Unreadable` if any of them is.

    Each is on a line of its own, so that no two flawed ones can make good ones together; a record that is written on
    several lines is `Unreadable` here, and only here.
    """
    lines = b"\n".join(values)
    found = _activity.decode_lines(lines)
    if len(found) != len(values) or lines.count(b"\n") != len(values) - 1:
        msg = "a record is not written on one line"
        raise Unreadable(msg)
    return found


def decode_user_link(value: bytes) -> UserLink:
    """A record of `user-links.v1`. Raises `Unreadable`."""
    return _user_link.decode(value)


def decode_score_change(value: bytes) -> ScoreChange:
    """A record of `score-changes.v1`. Raises `Unreadable`."""
    return _score_change.decode(value)


def decode_condition(value: bytes) -> Condition:
    """A record of `alert-conditions.v1`. Raises `Unreadable`."""
    return _condition.decode(value)


def decode_message(value: bytes) -> Message:
    """A record of `alerts.v1`. Raises `Unreadable`."""
    return _message.decode(value)


def pack(value: Any) -> bytes:  # noqa: ANN401 - whatever msgspec knows of
    """State as MessagePack: numbers (at most 64 bits), text, bytes, tuples, lists, dicts, None, `Value`s as tuples."""
    return _packer.encode(value)


def unpack(packed: bytes) -> Any:  # noqa: ANN401 - whatever was packed
    """What `pack` was given, tuples as lists. Raises `Unreadable`."""
    return msgspec.msgpack.decode(packed)


def unpacker(kind: type[T]) -> Callable[[bytes], T]:
    """A function as `unpack` for what was a `kind`: several times cheaper than to make one of what `unpack` gives."""
    return msgspec.msgpack.Decoder(kind).decode
