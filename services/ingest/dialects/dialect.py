"""What a dialect is: how a request is taken apart into items, and how each item is decided."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from schemas.time import Instant
from services.ingest.core.verdict import Decide


class Parcel(NamedTuple):
    """What a body holds: its items, each to be decided alone; a key; and when the sender's clock says it was sent."""

    items: Sequence[bytes]
    key: str | None = None
    sent_at: Instant | None = None


Gather = Callable[[Mapping[str, str], bytes], bytes]  # what headers (named in small letters) and a body say together
Unpack = Callable[[bytes], Parcel]  # raises `BodyMalformed`


def _body_alone(_: Mapping[str, str], body: bytes) -> bytes:
    return body


class Dialect(NamedTuple):
    """How one route is spoken to. `name` is that of its door in metrics."""

    name: str
    unpack: Unpack
    decide: Decide
    gather: Gather = _body_alone
