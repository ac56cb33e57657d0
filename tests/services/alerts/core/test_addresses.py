"""What is not on the internet is refused, in all the ways it can be written."""

import pytest

from services.alerts.core.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.0.0.8"),  # noqa: S104 - it is refused
        *("192.88.99.1", "192.168.1.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
def test_it_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "172.32.0.1", "192.0.1.1", "203.0.114.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_it_is_public(address):
    assert is_public(address)
