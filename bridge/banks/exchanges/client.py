"""The HTTP client that lists of others are read with: bounded, patient for a while, on the open internet."""

from __future__ import annotations

from collections.abc import Iterable

import httpcore
import httpx

from bridge.public_network import PublicNetwork
from bridge.tls import trusted
from bridge.version import VERSION

CONNECTIONS = 8
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Some owners take their time over a page."""


class PublicTransport(httpx.AsyncHTTPTransport):
    """Connects to public addresses, and to hosts allowed by name."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__(verify=trusted())
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted(), network_backend=PublicNetwork(allowed), max_connections=CONNECTIONS
        )


def new_client(allowed: Iterable[str]) -> httpx.AsyncClient:
    """Follows no redirects by itself and takes nothing from the environment: nothing leads it elsewhere."""
    return httpx.AsyncClient(
        transport=PublicTransport(allowed),
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"hma-console/{VERSION}"},
    )
