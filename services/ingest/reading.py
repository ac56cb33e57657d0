"""The bytes of a request: bounded while they arrive, and while they are decompressed."""

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from services.ingest.unpacking import TooLarge, unpacked
from services.runtime.problems import Problem

_PATIENCE_SECONDS = 30.0  # for a body that comes in pieces: phones are slow, and some who send slowly mean harm


async def read_body(receive: Receive, encoding: str, limit: int) -> bytes:
    """The body, at most `limit` bytes before and after decompression. Raises `Problem`: 413, 408, 400.

    `encoding`: what the header Content-Encoding says.
    """
    message = await receive()
    body = _bytes_of(message)
    if message.get("more_body", False):
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                body = await _rest(receive, body, limit)
        except TimeoutError as slow:
            detail = f"The body did not arrive within {_PATIENCE_SECONDS:g} s."
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "too_slow", detail) from slow
    if len(body) > limit:
        raise TooLarge(limit)
    return unpacked(body, encoding, limit)


def _bytes_of(message: Message) -> bytes:
    """The next bytes of the body. Raises `ClientDisconnect`."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    return body


async def _rest(receive: Receive, first: bytes, limit: int) -> bytes:
    """The whole body; no more of it than `limit` is ever held. Raises `Problem`: 413."""
    chunks, size, more = [first], len(first), True
    while more and size <= limit:
        message = await receive()
        chunks.append(_bytes_of(message))
        size += len(chunks[-1])
        more = message.get("more_body", False)
    return b"".join(chunks)
