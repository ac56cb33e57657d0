"""Connections that are checked where they are made.

Every socket is made here, for the very address that it is about to be connected to. What is checked is what is used:
a name that answers differently the second time gains nothing, nor does a number that the system takes for an address.

AddressRefused   an address is not on the internet
"""

import asyncio
import socket
from collections.abc import Iterable
from typing import Final

from aiohttp import AddrInfoType, TCPConnector, ThreadedResolver

from services.alerts.core.addresses import is_public

ALLOWING: Final = "KIZASHI_ALERTS_PRIVATE_ADDRESSES=true allows it"
_DNS_SECONDS: Final = 10  # for which an answer is used again: meanwhile a slow name server is asked once for a name


class AddressRefused(OSError):
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


def public_socket(address: AddrInfoType) -> socket.socket:
    """A socket for an address. Raises AddressRefused unless it is on the internet."""
    family, kind, protocol, _, (host, *_) = address
    try:
        refused = refusal(str(host), [str(host)])
    except ValueError:
        refused = f"{host} is no address"
    if refused is not None:
        raise AddressRefused(refused)
    return socket.socket(family, kind, protocol)


def connector(*, private_addresses: bool) -> TCPConnector:
    """What connects to the internet, and to private addresses only if they are meant: anew for each request."""
    return TCPConnector(
        limit=0,  # the dispatcher has its own
        force_close=True,
        resolver=ThreadedResolver(),
        ttl_dns_cache=_DNS_SECONDS,
        happy_eyeballs_delay=None,
        socket_factory=None if private_addresses else public_socket,
    )
