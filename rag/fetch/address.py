"""Which addresses may be connected to: those of the public internet, by IANA's registries of special addresses.

`ipaddress.is_private` is no guard: on Python 3.11 it lets shared (CGNAT), NAT64, 6to4 and multicast addresses through, some
of which lead to this machine's own network.
"""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address


class Reach(IntEnum):
    """How far an address lies: the public internet, a network that a setting may open, or nowhere a page is."""

    PUBLIC = 0
    PRIVATE = 1
    NEVER = 2


_PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by the customers of a provider
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
        ),
    )
)
_NEVER_4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.100.100.200/32",  # metadata of Alibaba Cloud, within the shared range
            "168.63.129.16/32",  # metadata of Azure, in the public range
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_METADATA_6 = (IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254"))
_GLOBAL_6 = ip_network("2000::/3")  # all that was ever handed out; NAT64, mapped and link-local addresses lie outside it
_NEVER_6 = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # Teredo, benchmarking, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address within
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)
"""First half of an interface identifier that has an IPv4 address for its second half."""


def reach(address: Address | str) -> Reach:
    """Return how far an address lies; one with a zone (`fe80::1%eth0`) is never connected to.

    Raises:
        ValueError: no IP address.
    """
    address = ip_address(address)
    if isinstance(address, IPv4Address):
        if any(address in network for network in _NEVER_4):
            return Reach.NEVER
    elif address.scope_id or address in _METADATA_6 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return Reach.NEVER
    if any(address in network for network in _PRIVATE if network.version == address.version):
        return Reach.PRIVATE
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_6 or any(address in network for network in _NEVER_6)):
        return Reach.NEVER
    return Reach.PUBLIC
