import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.media.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "1.1.1.1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "::ffff:93.184.215.14",
        "64:ff9b::93.184.215.14",
        "2002:5db8:d70e::1",
    ],
)
def test_public_addresses_are_public_also_inside_others(address: str) -> None:
    assert is_public(address)


PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_not_public_inside_another_either(address: str) -> None:
    inner = int(ipaddress.IPv4Address(address))
    flipped = inner ^ 0xFFFFFFFF
    assert not is_public(address)
    for outer in (
        inner,
        0xFFFF << 32 | inner,
        0x64_FF9B << 96 | inner,
        0x2002 << 112 | inner << 80,
        0x2001_0000 << 96 | 0x5DB8_D70E << 64 | flipped,
        0x2001_0000 << 96 | inner << 64 | 0x5DB8_D70E ^ 0xFFFFFFFF,
    ):
        assert not is_public(str(ipaddress.IPv6Address(outer)))


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "ff0e::1",
        "100::1",
        "2001:db8::1",
        "64:ff9b:1::1",
        "3fff::1",
        "5f00::1",
        "",
        "localhost",
        "127.1",
        "0x7f.1",
    ],
)
def test_special_and_malformed_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@settings(max_examples=200)
@given(address=st.ip_addresses())
def test_nothing_the_standard_library_calls_special_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = address.is_loopback or address.is_link_local or address.is_multicast
    assert not (is_public(str(address)) and special)
