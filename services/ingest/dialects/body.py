"""The body of a request, taken apart into items that are decided one by one.

BodyMalformed      it is not the JSON that was expected: no item can be told from another
├─ NoArray
└─ NoObject
"""

from collections.abc import Mapping, Sequence

import msgspec

from services.ingest.core.split import elements, members

_list = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class BodyMalformed(Exception):
    """No item of the body can be told from another. The message says what to send."""


class NoArray(BodyMalformed):
    """An array was expected."""

    def __init__(self, why: object) -> None:
        super().__init__(f"this is not a JSON array ({why}): send one in UTF-8")


class NoObject(BodyMalformed):
    """An object was expected."""

    def __init__(self, why: object) -> None:
        super().__init__(f"this is not a JSON object ({why}): send one in UTF-8")


def items(body: bytes) -> Sequence[bytes]:
    """One object, or each element of an array. Raises `BodyMalformed`."""
    text = body.strip()
    if text.startswith(b"["):
        return list_of(text)
    if not text.startswith(b"{"):
        raise NoObject(_beginning(text))
    return [text]


def list_of(text: bytes) -> Sequence[bytes]:
    """The elements of an array, also where one of them is broken. Raises `NoArray`."""
    try:
        return [bytes(element) for element in _list.decode(text)]
    except _BROKEN as error:
        found = elements(text)
        if found is None:
            raise NoArray(error) from error
        return found


def object_of(body: bytes) -> dict[str, bytes]:
    """The members of an object, also where one of them is broken. Raises `NoObject`."""
    try:
        return {name: bytes(value) for name, value in _object.decode(body).items()}
    except _BROKEN as error:
        found = members(body)
        if found is None:
            raise NoObject(error) from error
        return found


def value_of(found: Mapping[str, bytes], name: str) -> object:
    """What a member holds; None where it is not there, or broken."""
    try:
        value: object = msgspec.json.decode(found[name])
    except (KeyError, *_BROKEN):
        return None
    return value


def _beginning(text: bytes) -> str:
    return f"it begins with {text[:1].decode('utf-8', 'backslashreplace')!r}" if text else "it is empty"
