"""Which addresses are of the public internet."""

from __future__ import annotations

import pytest

from rag.fetch.address import Reach, reach

PUBLIC = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 198.17.0.1 2606:4700::1111 2a00:1450:4001::8b"
PRIVATE = (
    "10.1.2.3 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 172.16.0.1 172.31.255.255 192.168.1.1 ::1 fd12::1 fc00::1"
)
NEVER = """0.0.0.0 0.1.2.3 100.100.100.200 168.63.129.16 169.254.169.254 169.254.0.1 192.0.0.192 192.0.2.1 192.88.99.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::ffff:1.1.1.1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::1.1.1.1 64:ff9b:1::1 100::1 2001::1 2001:10::1
2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 fd00:ec2::254
2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:a00:1 4000::1"""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (address, how)
        for how, table in ((Reach.PUBLIC, PUBLIC), (Reach.PRIVATE, PRIVATE), (Reach.NEVER, NEVER))
        for address in table.split()
    ],
)
def test_how_far_an_address_lies(address: str, expected: Reach) -> None:
    assert reach(address) is expected


def test_what_is_no_address_has_no_reach() -> None:
    with pytest.raises(ValueError, match="localhost"):
        reach("localhost")
