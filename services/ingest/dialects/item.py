"""One item of a parcel: read strictly, and its ids found."""

from typing import TypeGuard, TypeVar

import msgspec
from msgspec import Struct

from schemas.dead_letters import DeadLetterReason
from schemas.events import Id
from services.ingest.core.verdict import Refused

Contract = TypeVar("Contract", bound=Struct)


def read_item(decoder: msgspec.json.Decoder[Contract], item: bytes, longest: int, see: str) -> Contract | Refused:
    """The item by its contract, or why it cannot be read; `see` says where the contract is written down."""
    if len(item) > longest:
        return Refused(DeadLetterReason.TOO_LARGE, f"it has {len(item)} bytes: at most {longest} are accepted")
    try:
        return decoder.decode(item)
    except msgspec.ValidationError as error:
        return Refused(DeadLetterReason.INVALID, f"{error}: see {see}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused(DeadLetterReason.MALFORMED, f"{error}: send strict JSON in UTF-8")


def is_id(value: object) -> TypeGuard[Id]:
    """Whether a value names something.

    >>> [is_id(value) for value in ("acme", 42, "", None, True, {})]
    [True, True, False, False, False, False]
    """
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def first_id(*candidates: object) -> Id | None:
    """The first that names something.

    >>> first_id("", {}, 42, "acme")
    42
    """
    return next((found for found in candidates if is_id(found)), None)


def text_or_none(value: object) -> str | None:
    """The value, where it is text."""
    return value if isinstance(value, str) else None
