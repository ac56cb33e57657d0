"""The bytes of a request: bounded while they arrive, and while they are decompressed."""

import zlib
from http import HTTPStatus

from starlette.requests import Request

from services.runtime.problems import Problem

_GZIP = b"\x1f\x8b"
_CUT_OFF = "it is cut off"
_GZIP_WINDOW = 31  # zlib's number for "gzip, with the largest window"


class NotGzip(Problem):
    """It begins like gzip, and cannot be decompressed."""

    def __init__(self, why: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "malformed", f"The body begins like gzip and is not ({why}).")


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes before and after decompression. Raises `Problem`: 413, 400.

    Gzip is recognised by its first bytes: SDKs send it without saying so, and say so without sending it.
    """
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    body = b"".join(chunks)
    return _gunzip(body, limit) if body.startswith(_GZIP) else body


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip file. A bomb is put down at the first byte past the limit."""
    plain = b""
    while body:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            plain += member.decompress(body, limit - len(plain) + 1)
        except zlib.error as error:
            raise NotGzip(str(error)) from error
        if len(plain) > limit:
            raise _too_large(limit)
        if not member.eof:
            raise NotGzip(_CUT_OFF)
        body = member.unused_data
    return plain


def _too_large(limit: int) -> Problem:
    detail = f"The body is larger than {limit} bytes. Send smaller batches."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail)
