"""The certificate authorities that outgoing connections trust, read once for all of them."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """Those of httpx, or of SSL_CERT_FILE. Reading them takes 40 ms and 3 MB, for every client that asks."""
    import httpx

    return httpx.create_ssl_context()
