"""HMA, as it can be seen from here: only read, never changed. The development routes are only looked for.

What its answers look like was measured on 1.1.7. Each check takes a server that answers.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from bridge.catalogue import LARGEST_THRESHOLD
from bridge.errors import BadSignal, Unreachable
from bridge.signals import SignalType, beside
from hma_console.doctor.asking import Answer, Server
from hma_console.doctor.clock import clock_of
from hma_console.doctor.finding import Finding, Findings, bad, look, ok, unreachable

HMA = "hma"
STATES = ("I-AM-ALIVE", "INDEX-NOT-LOADED", "INDEX-STALE")
"""What `/status` says, as plain text."""
INDEXED_WITHIN = 600
"""Seconds. The indexer runs every minute; a million entries take it two."""
FIRST_NUMBERS = 64
"""HMA lists no content: these numbers are looked at for its only one."""
_SET_TOKEN = "Run `hma-console secret set hma_token` with HMA's HMA_TOKEN."
_GUIDE = "docs/hma.md says how."
_DENIED = (401, 403)


async def examine(server: Server) -> AsyncIterator[Finding]:
    """All checks, one after another; after the first that finds no HMA there are no more."""
    try:
        status = await server.get("/status")
    except Unreachable as fault:
        yield unreachable(HMA, f"{server.url} cannot be reached: {fault.message}", "See whether HMA runs.")
        return
    if status.status == 429 or (status.status >= 500 and status.text.strip() not in STATES):
        remedy = "Look at HMA's log, or at what stands in front of it."
        yield bad(HMA, f"{server.url} answers {status.status}", remedy)
        return
    if status.status not in _DENIED and status.text.strip() not in STATES:
        yield bad(HMA, f"what answers at {server.url} is no HMA", "Correct matcher.hma_url.")
        return
    for check in (ready, authenticated, secret_on_the_way, development, index, banks, release):
        try:
            for finding in await check(server):
                yield finding
        except (Unreachable, BadSignal) as fault:
            yield unreachable(HMA, f"it broke off: {fault.message}", "Look at HMA's log.")
            return
    yield clock_of(HMA, status)


async def ready(server: Server) -> Findings:
    """Alive is not ready: without its index HMA answers 503 to every look-up."""
    status = await server.get("/status")
    match status.text.strip():
        case "INDEX-NOT-LOADED":
            remedy = "Wait a minute; if it stays, TASK_INDEXER and TASK_INDEX_CACHE must be on."
            return [bad(HMA, "it runs, and has loaded no index yet: nothing is compared", remedy)]
        case "INDEX-STALE":
            remedy = "See whether its PostgreSQL answers, then restart HMA."
            return [bad(HMA, "its index is stale: it could not be read anew", remedy)]
    if status.status in _DENIED:
        return [look(HMA, f"/status answers {status.status}: whether it is ready is unknown", _SET_TOKEN)]
    return [ok(HMA, f"{server.url} answers and is ready")]


async def authenticated(server: Server) -> Findings:
    """Whether a stranger is sent away, and whether we are not."""
    stranger = await server.get("/c/banks", with_token=False)
    us = await server.get("/c/banks")
    if stranger.status == 200:
        words = "it answers without a token: whoever reaches it can read, fill and empty its banks"
        remedy = f"Run it with the configuration of assets/deploy/hma. {_GUIDE}"
        return [look(HMA, words, remedy) if server.is_here else bad(HMA, words, remedy)]
    if us.status in _DENIED and server.is_locked:
        remedy = "Give --passphrase-command, as the bridge has it."
        return [look(HMA, "it wants a token; whether it takes ours is unknown", remedy)]
    if us.status in _DENIED:
        said = "refuses our token" if server.has_token else "wants a token, and none is set"
        return [bad(HMA, f"it {said}", _SET_TOKEN)]
    if us.status != 200:
        return [bad(HMA, f"its list of banks answers {us.status}", "See whether its PostgreSQL answers.")]
    return [ok(HMA, "it sends away who has no token, and takes ours")]


async def secret_on_the_way(server: Server) -> Findings:
    if server.has_token and not server.is_secret:
        return [bad(HMA, "the token goes to it in the clear", "Put TLS in front of it, and use https.")]
    return []


async def development(server: Server) -> Findings:
    """Reads which routes there are. The one that empties everything is never asked."""
    routes = (await server.get("/site-map")).json
    if not isinstance(routes, list):
        remedy = "See that its configuration has PRODUCTION = True."
        return [look(HMA, "whether its development routes are on is unknown", remedy)]
    if any(str(route).startswith("/dev/") for route in routes):
        words = "it runs a development configuration: one request to /dev/factory_reset empties it"
        return [bad(HMA, words, f"Set PRODUCTION = True. {_GUIDE}")]
    return [ok(HMA, "its development routes are off")]


async def index(server: Server) -> Findings:
    """Whether what is in the banks is in the index that pictures are compared with."""
    answer = await server.get("/c/signal_type/index")
    state = answer.json.get("pdq") if isinstance(answer.json, dict) else None
    if answer.status != 200:
        return []  # said already: denied, or its database is away
    if not isinstance(state, dict):
        return [bad(HMA, "it knows no PDQ", "Add PdqSignal to its signal_types.")]
    stored, indexed = _whole(state, "db_size"), _whole(state, "index_size")
    found = [_freshness(state, answer, stored, indexed)]
    if stored == indexed == 1 and not await _finds_it(server):
        words = "it holds one hash in all, and does not find it: HMA's own index never does"
        found.append(look(HMA, words, f"Add a second, or use the flat index. {_GUIDE}"))
    return found


async def _finds_it(server: Server) -> bool:
    """Whether the one hash in its index is found: that of the content with the lowest number."""
    listed = (await server.get("/c/banks")).json
    names = [str(bank.get("name")) for bank in listed if bank] if isinstance(listed, list) else []
    for number in range(1, FIRST_NUMBERS) if names else ():
        told = (await server.get(f"/c/bank/{names[0]}/content/{number}?include_signals=true")).json
        signals = told.get("signals") if isinstance(told, dict) else None
        if isinstance(signals, dict) and "pdq" in signals:
            near = beside(SignalType.PDQ.parse(str(signals["pdq"])), LARGEST_THRESHOLD).hex()
            found = (await server.get(f"/m/raw_lookup?signal_type=pdq&signal={near}")).json
            return isinstance(found, dict) and number in found.get("matches", ())
    return False


def _freshness(state: dict[str, Any], answer: Answer, stored: int, indexed: int) -> Finding:
    if not stored:
        return look(HMA, "its banks hold no PDQ hash: nothing can match", "Add to a bank.")
    if not state.get("index_out_of_date"):
        return ok(HMA, f"all {stored:,} PDQ hashes are in its index")
    waiting = time.time() + (answer.skew or 0) - _whole(state, "newest_db_item")
    words = f"its index has {indexed:,} of {stored:,} PDQ hashes"
    if stored > indexed and waiting > INDEXED_WITHIN:
        return bad(HMA, words, "See that one process runs with TASK_INDEXER = True.")
    return look(HMA, words, "It is built anew every minute: look again.")


async def banks(server: Server) -> Findings:
    """A bank that is on by a share matches some requests and not others, by chance."""
    listed = (await server.get("/c/banks")).json
    if not isinstance(listed, list):
        return []
    shares = {str(bank.get("name")): bank.get("matching_enabled_ratio") for bank in listed if bank}
    chance = sorted(name for name, share in shares.items() if share not in (0, 1))
    return [
        look(HMA, f"bank {name} matches by chance only", f"Run `hma-console bank enable {name}`.")
        for name in chance
    ]


async def release(server: Server) -> Findings:
    """HMA names no release of itself; what it has tells the least it can be."""
    live = (await server.get("/status/live")).status
    if live == 200:
        return [ok(HMA, "it is of release 1.1.5 or later; 1.1.7 was tried")]
    if live in _DENIED:
        return []
    return [look(HMA, "it is older than release 1.1.5; 1.1.7 was tried", "Update HMA.")]


def _whole(state: dict[str, Any], name: str) -> int:
    value = state.get(name)
    return value if isinstance(value, int) else 0
