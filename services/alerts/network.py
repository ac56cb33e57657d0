"""Connections that are checked where they are made.

A name is resolved here, every address is looked at, and one of those is connected to. What is checked is what is used,
so a name that answers differently the second time gains nothing.

AddressRefused   an address is not on the internet
"""

import asyncio
import socket
from collections.abc import Iterable

from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout
from typing_extensions import override

from services.alerts.core.addresses import is_public

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

ALLOWING: str = "KIZASHI_ALERTS_PRIVATE_ADDRESSES=true allows it"


class AddressRefused(ConnectError):
    """A message may not go there."""


async def addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order they are to be tried. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def refusal(host: str, found: Iterable[str]) -> str | None:
    """Why messages may not go to a host with these addresses; None if they may."""
    for address in found:
        if not is_public(address):
            where = host if host == address else f"{host} ({address})"
            return f"{where} is not on the internet; {ALLOWING}"
    return None


class PublicNetwork(AsyncNetworkBackend):
    """Connects to the internet, and to nothing else."""

    def __init__(self) -> None:
        self._below = AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to an address of the host. Raises AddressRefused if any of them is not on the internet."""
        try:
            async with asyncio.timeout(timeout):
                found = await addresses(host, port)
        except TimeoutError as slow:
            msg = f"{host} is not resolved in time"
            raise ConnectTimeout(msg) from slow
        except OSError as unknown:
            msg = f"{host} cannot be resolved"
            raise ConnectError(msg) from unknown
        refused = refusal(host, found)
        if refused is not None:
            raise AddressRefused(refused)
        failures: list[Exception] = [ConnectError(f"{host} has no address")]
        for address in found:
            try:
                return await self._below.connect_tcp(address, port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as failure:
                failures.append(failure)
        raise failures[-1]

    @override
    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SocketOption] | None = None
    ) -> AsyncNetworkStream:
        """Refused: it leads nowhere but here."""
        raise AddressRefused(path)

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._below.sleep(seconds)
