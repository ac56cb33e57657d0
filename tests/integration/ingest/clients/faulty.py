"""A way to a server that fails at first: the first delivery is answered with 503, the connection of the next is cut.

Other requests pass, and every one has a connection of its own; beyond that not a byte of it is changed.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_CONNECTION = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


class FaultyWay:
    """Counts the deliveries that failed; `url` is where clients send."""

    def __init__(self, target: str, faults: int) -> None:
        self._target = urlsplit(target)
        self._faults = faults
        self._open: set[asyncio.Task[None]] = set()
        self.failed = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._answer(reader, writer)
        finally:
            self._open.discard(task)
            await _closed(writer)

    async def end(self) -> None:
        """Hang up on whoever is still there: a browser opens connections that it never uses."""
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # a client may hang up
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(head, reader)
            if head.startswith(b"POST ") and self.failed < self._faults:
                self.failed += 1
                if self.failed == 1:
                    writer.write(_UNAVAILABLE)
            else:
                await self._pass_on(_CONNECTION.sub(b"", head)[:-2] + b"Connection: close\r\n\r\n" + body, writer)
            await writer.drain()

    async def _pass_on(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        try:
            back.write(request)
            while chunk := await there.read(65_536):
                writer.write(chunk)
        finally:
            await _closed(back)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """The body as it comes, whichever way its length is said."""
    if _CHUNKED.search(head):
        return await reader.readuntil(b"0\r\n\r\n")
    length = _LENGTH.search(head)
    return await reader.readexactly(int(length[1])) if length else b""


@asynccontextmanager
async def faulty_way(target: str, faults: int) -> AsyncIterator[FaultyWay]:
    """A way to `target` whose first `faults` deliveries (at most 2) fail."""
    way = FaultyWay(target, faults)
    server = await asyncio.start_server(way.serve, "127.0.0.1", 0, limit=1 << 20)
    try:
        way.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield way
    finally:
        server.close()
        await way.end()
