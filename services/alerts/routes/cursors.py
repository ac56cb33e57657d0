"""Where a page of alerts ends, as text that a caller hands back."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http import HTTPStatus

import msgspec

from services.alerts.queries.reading import Place
from services.runtime.problems import Problem


def written(place: Place) -> str:
    """The cursor."""
    return urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """Where to go on. Raises Problem: 422."""
    if cursor is None:
        return None
    try:
        return msgspec.msgpack.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Place)
    except (binascii.Error, ValueError, msgspec.DecodeError) as wrong:
        detail = "this is no cursor of this list: begin again without one"
        error = {"field": "cursor", "pointer": "#/cursor", "in": "query", "detail": detail}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid_cursor", f"cursor: {detail}", errors=[error]) from wrong
