"""The network that a request is counted for: what one customer has whole."""

from __future__ import annotations

import ipaddress


def customer(address: str) -> str:
    """Of IPv4 the address, of IPv6 the /64, however it is written; what is no address stands for itself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ip if ip.version == 4 else ipaddress.ip_network((ip, 64), strict=False))
