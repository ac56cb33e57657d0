"""Which addresses a message may be sent to: those on the internet, and no other.

A list of our own, instead of `ipaddress.is_global`, which takes several ways back to this machine for global.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address
from typing import Final

_CLOSED_4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, and the metadata of clouds
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_OPEN_6: Final = IPv6Network("2000::/3")  # what is handed out; everything else is local, mapped, multicast or nothing
_CLOSED_6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # Teredo and other protocols' own
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether an address is on the internet. Raises ValueError for what is no address.

    >>> is_public("203.0.114.1"), is_public("2606:4700::1111"), is_public("127.0.0.1")
    (True, True, False)
    >>> is_public("::ffff:10.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("fe80::1%eth0")
    (False, False, False)
    """
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _CLOSED_4)
    return found in _OPEN_6 and not any(found in network for network in _CLOSED_6)
