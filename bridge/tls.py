"""What keeps outgoing connections private: whom they trust, read once for all; or that they end here."""

from __future__ import annotations

import ssl
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit


@cache
def trusted() -> ssl.SSLContext:
    """Those of httpx, or of SSL_CERT_FILE. Reading them takes 40 ms and 3 MB, for every client that asks."""
    import httpx

    return httpx.create_ssl_context()


def is_here(url: str) -> bool:
    """Whether an address is of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private(url: str) -> bool:
    """Whether nobody on the way there reads what is sent."""
    return is_here(url) or urlsplit(url).scheme == "https"
