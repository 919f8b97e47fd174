"""Connections to the open internet only, for addresses that somebody else may have named.

The check is made on the very address that is connected to, at every connection: a redirect or a
name that resolves differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable

import httpcore

from bridge.errors import AddressRefused, Unreachable

RESOLVE_SECONDS = 10.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments; a metadata service lives here
        "168.63.129.16/32",  # a cloud's host service behind a public address
        "64:ff9b::/96",  # NAT64: any IPv4 address in IPv6 clothes
        "64:ff9b:1::/48",
        "2002::/16",  # 6to4, likewise
        "2001::/32",  # Teredo, likewise
        "fec0::/10",  # site-local, as it once was
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Whether it lies on the open internet: not private, loopback, link-local, shared or multicast."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, and to hosts allowed by name, with or without a port."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        target = await self._resolve(host, port)
        return await self._backend.connect_tcp(target, port, timeout, local_address, socket_options)

    async def _resolve(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError):
            raise Unreachable(f"The host {host[:100]} cannot be found.") from None
        addresses = [str(entry[4][0]) for entry in found]
        if host.lower() in self._allowed or f"{host.lower()}:{port}" in self._allowed:
            return addresses[0]
        if not all(is_public(ipaddress.ip_address(address.split("%")[0])) for address in addresses):
            raise AddressRefused(f"The host {host[:100]} has no public address.")
        return addresses[0]
