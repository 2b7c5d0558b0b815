"""Which network addresses count as public, so that a URL cannot reach this computer or its network.

How it is used: `is_public("93.184.215.14")`, and `is_loopback("localhost")` for this computer itself. Addresses that carry another one inside (IPv4-mapped,
IPv4-compatible, 6to4, Teredo, NAT64) are as public as what they carry. What it leaves out: names and
connections (`fetch`).

Source: the IANA IPv4 and IPv6 special-purpose address registries (RFC 6890 and its updates), through
`ipaddress.is_global` plus the blocks that some Python versions do not know yet.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_NEVER = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "100::/64",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
)


def is_loopback(host: str) -> bool:
    """Return whether a host, as written, is this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: where it leads is not for us to say
        return False


def is_public(text: str) -> bool:
    """Return whether this IP address, and every address inside it, is on the public internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(_is_public(part) for part in _unwrap(address))


def _is_public(address: Address) -> bool:
    if address.is_multicast or any(address in block for block in _NEVER):
        return False
    return address.is_global or _carries_another(address)


def _carries_another(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and bool(_embedded(address))


def _unwrap(address: Address) -> list[Address]:
    inner = _embedded(address) if isinstance(address, ipaddress.IPv6Address) else []
    return [address, *inner]


def _embedded(address: ipaddress.IPv6Address) -> list[Address]:
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return list(address.teredo)
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return []
