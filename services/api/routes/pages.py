"""Pages: reading the cursor of a request, and pointing to the next page."""

from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlencode

from fastapi import Request

from services.api.cursors import AfterAccount, BeforeChange, BeforeLetter, FromOffsets, InvalidCursor, read_cursor
from services.api.queries import PlacedChange
from services.runtime.problems import Problem

JSON: Final = "application/json"

_Kind = TypeVar("_Kind", AfterAccount, BeforeChange, FromOffsets, BeforeLetter)


def cursor_of(text: str | None, kind: type[_Kind], parameter: str = "cursor") -> _Kind | None:
    """The cursor a request brought, or None. Raises Problem: 422, naming the parameter."""
    if text is None:
        return None
    try:
        return read_cursor(text, kind)
    except InvalidCursor as invalid:
        raise refused_cursor(str(invalid), parameter) from invalid


def refused_cursor(detail: str, parameter: str) -> Problem:
    """The answer to a cursor that cannot be used here."""
    error = {"field": parameter, "pointer": f"#/{parameter}", "in": "query", "detail": detail}
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_cursor", f"{parameter}: {detail}", errors=[error])


def next_link(request: Request, cursor: str | None, parameter: str = "cursor") -> dict[str, str]:
    """The Link header (RFC 8288) to the next page of the same question; none where there is none."""
    if cursor is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != parameter]
    return {"Link": f'<{request.url.path}?{urlencode([*kept, (parameter, cursor)])}>; rel="next"'}


def joined(changes: list[PlacedChange], next_cursor: str | None) -> bytes:
    """A page of stored changes: their bytes as they are, in order."""
    cursor = f'"{next_cursor}"' if next_cursor is not None else "null"
    items = b",".join(change.body for change in changes)
    return b'{"items":[%b],"next_cursor":%b}' % (items, cursor.encode("ascii"))
