"""Whether uploads reach the gate: asked from here, without an account and without a picture.

A content encoding is what tells the two apart: the gate refuses any before it looks at a token
(415), the PDS asks for the token first (401).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

import httpx

from bridge.errors import Unreachable
from hma_console.gate_setup.sites import Address

PATH = "/xrpc/com.atproto.repo.uploadBlob"
SPELLINGS = (PATH, f"{PATH}/", PATH.lower(), f"{PATH.upper()}/", f"{PATH}?by=hma-console")
"""What the PDS takes for one and the same address."""
SECONDS = 10.0
"""How long the proxy may take until its new rule is the one in force."""
_ENCODING = "x-hma-console"
_TIMEOUT = httpx.Timeout(5.0)


async def gate_answers(gate: str) -> bool:
    """Whether the gate itself is at this host and port. Raises Unreachable where nothing is."""
    return await _is_gate(Address("http", *_split(gate)), PATH, connect_to=_split(gate)[0])


async def uploads_reach_the_gate(addresses: Sequence[Address]) -> None:
    """Raises Unreachable, with the address that does not lead there."""
    for address in addresses:
        for path in SPELLINGS:
            await _until(address, path, wanted=True)


async def uploads_pass_the_gate_by(addresses: Sequence[Address]) -> None:
    """Raises Unreachable where the gate still answers."""
    for address in addresses:
        await _until(address, PATH, wanted=False)


async def _until(address: Address, path: str, *, wanted: bool) -> None:
    """A connection may still be taken by the server that the reload replaced: asked again for a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS
    while await _is_gate(address, path) is not wanted:
        if loop.time() > end:
            words = "do not reach the gate" if wanted else "still reach the gate"
            raise Unreachable(f"Uploads to {address.host}:{address.port}{path} {words} through the proxy.")
        await asyncio.sleep(0.2)


async def _is_gate(address: Address, path: str, connect_to: str = "127.0.0.1") -> bool:
    """Raises Unreachable where nothing answers at all."""
    host = address.host if address.port in (80, 443) else f"{address.host}:{address.port}"
    for scheme in [address.scheme] if address.scheme else ["https", "http"]:
        try:
            answer = await _ask(f"{scheme}://{connect_to}:{address.port}{path}", host, address.host)
        except httpx.HTTPError:
            continue
        return answer.status_code == 415 and "UnsupportedMediaType" in answer.text
    raise Unreachable(f"Nothing answers for {host} on this machine.")


async def _ask(url: str, host: str, server_name: str) -> httpx.Response:
    """To this machine only, so whose certificate it is does not matter: the answer is what proves it."""
    headers = {"Host": host, "Content-Encoding": _ENCODING, "Content-Type": "image/png"}
    async with httpx.AsyncClient(verify=_trusting(), timeout=_TIMEOUT, trust_env=False) as http:
        return await http.post(url, content=b"x", headers=headers, extensions={"sni_hostname": server_name})


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _split(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":")
    return host, int(port)
