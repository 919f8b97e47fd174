"""Fetching what a caller names by address, without becoming his way into this network.

Where it may lead is checked at every connection (`bridge/public_network.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import httpcore

from bridge.errors import AddressRefused, InputError, Unreachable
from bridge.public_network import PublicNetwork
from bridge.tls import trusted

REDIRECTS = 5
SECONDS = 10.0
LONGEST_ADDRESS = 4096


@asynccontextmanager
async def fetched(url: str, allowed: Iterable[str]) -> AsyncIterator[AsyncIterator[bytes]]:
    """The body behind `url`, piece by piece, redirects followed.

    Raises InputError, AddressRefused, Unreachable.
    """
    network, context = PublicNetwork(allowed), await asyncio.to_thread(trusted)
    async with httpcore.AsyncConnectionPool(
        ssl_context=context, network_backend=network, max_connections=1
    ) as pool:
        for _ in range(REDIRECTS + 1):
            _check(url)
            try:
                async with pool.stream("GET", url, headers=_HEADERS, extensions=_TIMEOUTS) as response:
                    place = {name.lower(): value for name, value in response.headers}.get(b"location")
                    if response.status in (301, 302, 303, 307, 308) and place:
                        url = urljoin(url, place.decode("latin-1"))
                        continue
                    if response.status != 200:
                        raise Unreachable(f"The address answers with status {response.status}.")
                    yield response.aiter_stream()
                    return
            except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
                raise Unreachable(f"The address does not answer: {type(error).__name__}.") from None
    raise Unreachable(f"The address redirects more than {REDIRECTS} times.")


_HEADERS = [
    (b"User-Agent", b"hma-console"),
    (b"Accept", b"image/*, video/*"),
    (b"Accept-Encoding", b"identity"),
]
_TIMEOUTS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)}


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or len(url) > LONGEST_ADDRESS or not url.isascii() or port == 0:
        raise InputError("This is not an address that can be fetched.", "Give a whole http or https address.")
    if urlsplit(url).scheme not in ("http", "https"):
        raise AddressRefused("Only http and https addresses are fetched.")
