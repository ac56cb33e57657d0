"""Ports on this machine: which are free, and who has those that are not."""

import socket
from itertools import islice
from pathlib import Path
from random import SystemRandom
from typing import Final

import psutil

LOOPBACK = "127.0.0.1"
_CLIENT_PORTS: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST_CLIENT_PORT: Final = 32_768  # Linux's default
_LOWEST_PORT: Final = 10_000  # below are those of well-known programs
_PORTS: Final = 65_536


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now, and no instance has claimed it for one that it starts."""
    return not _is_claimed(port) and _nobody_listens(port, host)


def claim(port: int, host: str = LOOPBACK) -> bool:
    """Have a free port for ourselves among all instances of this machine until this process ends; whether we have.

    Our child binds it only seconds later, and another instance that starts now would find it free, too.
    """
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(_claim_of(port))
    except OSError:
        name.close()
        return False
    name.detach()  # stays open
    return _nobody_listens(port, host)


def free_ports(count: int) -> tuple[int, ...]:
    """`count` different ports that are free and unclaimed, and that the kernel gives to no connection of anybody's.

    They are bound only seconds later, and until then every client that connects somewhere takes a port of its own.
    """
    kept = _not_for_clients()
    tried = SystemRandom().sample(kept, len(kept))  # far from those that others who start now will try
    found = tuple(islice((port for port in tried if is_free(port)), count))
    if len(found) < count:
        msg = f"of the ports {kept.start} to {kept.stop - 1} fewer than {count} are free"
        raise OSError(msg)
    return found


def _claim_of(port: int) -> str:
    return f"\0kizashi-port-{port}"  # abstract: no file, and gone with the process that has it


def _is_claimed(port: int) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_claim_of(port))
        except OSError:
            return False
        return True


def _nobody_listens(port: int, host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _not_for_clients() -> range:
    """The ports below those that connections are given, as long as there are some."""
    try:
        lowest = int(_CLIENT_PORTS.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        lowest = _LOWEST_CLIENT_PORT
    return range(_LOWEST_PORT, lowest if lowest > 2 * _LOWEST_PORT else _PORTS)


def listens(process: int, port: int) -> bool:
    """Whether a process of ours, and nobody else, listens there. Not if it has ended."""
    try:
        connections = psutil.Process(process).net_connections("tcp")
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in connections)


def owner_of(port: int) -> str | None:
    """Who listens there, as "name (process 123)"; None if that is not ours to know."""
    try:
        listeners = [
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid
        ]
        return f"{psutil.Process(listeners[0]).name()} (process {listeners[0]})" if listeners else None
    except psutil.Error:
        return None
