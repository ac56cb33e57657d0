"""HTTP servers: an app on a port, in the foreground or beside something else.

PortTaken   somebody else listens there
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

_logger = logging.getLogger(__name__)
_SHUTDOWN_SECONDS = 5  # for requests in flight; the supervisor waits twice as long
_KEEP_ALIVE_SECONDS = 75  # longer than clients and proxies keep one: who closes first makes the other's request fail
_BACKLOG = 2048


class PortTaken(Exception):
    """The port is in use."""


async def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered. Port 0: any free one. Raises PortTaken."""
    with _listening(host, port) as listener:
        await uvicorn.Server(_configuration(app)).serve(sockets=[listener])


@asynccontextmanager
async def background_server(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the body runs; signals are the body's business. Yields the port. Raises PortTaken."""
    with _listening(host, port) as listener:
        server = _Background(_configuration(app))
        task = asyncio.create_task(server.serve(sockets=[listener]), name="health")
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


class _Background(uvicorn.Server):
    """A server that leaves signals alone."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,  # services.runtime.logs has set it up
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as taken:
            msg = (
                f"{host}:{port} cannot be listened on: {taken.strerror or taken}. "
                "KIZASHI_API_PORT, KIZASHI_INGEST_PORT and KIZASHI_SCORING_PORT choose others (0: any free one)."
            )
            raise PortTaken(msg) from taken
        listener.listen(_BACKLOG)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        _logger.info("listening", extra={"host": host, "port": listener.getsockname()[1]})
        yield listener
