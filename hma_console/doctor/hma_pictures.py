"""Whether an HMA that gets the pictures of uploads can hash them, and nobody on the way sees them.

Sends none: it only looks for the route.
"""

from __future__ import annotations

from bridge.errors import Unreachable
from hma_console.doctor.asking import Server
from hma_console.doctor.finding import Findings, bad, look, ok
from hma_console.doctor.hma import HMA

ROUTE = "/h/hash"


async def pictures(server: Server) -> Findings:
    """For `matcher.hma_hashes = true`. Finds nothing where it does not answer: that is said before."""
    if not server.is_secret:
        words = "it would get each picture in the clear, so the bridge does not start"
        return [bad(HMA, words, "Put TLS in front of it, and use https; or set hma_hashes = false.")]
    try:
        routes = (await server.get("/site-map")).json
    except Unreachable:
        return []
    if isinstance(routes, list) and ROUTE not in routes:
        remedy = "Set ROLE_HASHER = True in its configuration, or hma_hashes = false here."
        return [bad(HMA, "it hashes no pictures, so none is compared whole", remedy)]
    words = "each picture that is uploaded goes to it, to be hashed there too"
    if server.is_here:
        return [ok(HMA, words)]
    return [look(HMA, words, "See that you may show them to who runs it; else set hma_hashes = false.")]
