"""Ports that are chosen now and bound later."""

import socket
from pathlib import Path

from services.runtime.embedded.ports import LOOPBACK, free_ports, is_free


def test_a_port_that_is_taken_is_not_free():
    with socket.create_server((LOOPBACK, 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_ports_chosen_are_free_different_and_never_given_to_a_connection():
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = free_ports(200)
    assert len(set(ports)) == 200
    assert all(map(is_free, ports))
    assert max(ports) < lowest
