"""The bytes of a request: bounded while they arrive, and while they are decompressed."""

import asyncio
import zlib
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request

from services.runtime.problems import Problem

_GZIP = b"\x1f\x8b"
_PATIENCE_SECONDS = 30.0  # for a body that comes in pieces: phones are slow, and some who send slowly mean harm
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
    body, is_whole = await _chunk(request)
    if not is_whole:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                body = await _rest(request, body, limit)
        except TimeoutError as slow:
            detail = f"The body did not arrive within {_PATIENCE_SECONDS:g} s."
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "too_slow", detail) from slow
    if len(body) > limit:
        raise _too_large(limit)
    return _gunzip(body, limit) if body.startswith(_GZIP) else body


async def _chunk(request: Request) -> tuple[bytes, bool]:
    """The next bytes of the body, and whether they are the last. Raises `ClientDisconnect`."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), not message.get("more_body", False)


async def _rest(request: Request, first: bytes, limit: int) -> bytes:
    """The whole body; no more of it than `limit` is ever held. Raises `Problem`: 413."""
    chunks, size, is_whole = [first], len(first), False
    while not is_whole and size <= limit:
        chunk, is_whole = await _chunk(request)
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


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
