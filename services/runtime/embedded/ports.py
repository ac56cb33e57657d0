"""Ports on this machine: which are free, and who has those that are not."""

import socket

import psutil

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is free
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def claim(port: int, host: str = LOOPBACK) -> bool:
    """Have a free port for ourselves among all instances of this machine until this process ends; whether we have.

    Our child binds it only seconds later, and another instance that starts now would find it free, too.
    """
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0kizashi-port-{port}")  # abstract: no file, and gone with us
    except OSError:
        name.close()
        return False
    name.detach()  # stays open
    return is_free(port, host)


def free_ports(count: int) -> tuple[int, ...]:
    """`count` different ports that nobody listens on."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for probe in probes:  # all held at once, so that none comes twice
            probe.bind((LOOPBACK, 0))
        return tuple(int(probe.getsockname()[1]) for probe in probes)
    finally:
        for probe in probes:
            probe.close()


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
