"""Endpoints that others call when they know something: no API key, a signature; see `docs/webhooks.md`."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.actions.callbacks import Proof, Taken
from bridge.api.bodies import chunks, json_object
from bridge.api.parts import parts
from bridge.errors import TooLarge, Unauthorized
from bridge.signing import SIGNATURE, TIMESTAMP

LARGEST = 64 << 10


async def hma(request: Request) -> Response:
    """Raises Unauthorized, NotAvailable, Conflict for a copy, InputError, StoreError."""
    proof, body = await _signed(request)
    await parts(request).callbacks.check(proof, body)
    return _answer(await parts(request).callbacks.take_hma(proof, json_object(body)))


async def atproto(request: Request) -> Response:
    """The same; raises NotFound for what the PDS does not have, Unreachable."""
    proof, body = await _signed(request)
    await parts(request).callbacks.check(proof, body)
    return _answer(await parts(request).callbacks.take_atproto(proof, json_object(body)))


async def _signed(request: Request) -> tuple[Proof, bytes]:
    """Nothing of the body is read where the headers are missing."""
    proof = Proof(request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, ""))
    if not proof.timestamp or not proof.signature:
        raise Unauthorized(f"The headers {TIMESTAMP} and {SIGNATURE} are needed.", "Sign as they say.")
    body = bytearray()
    async for chunk in chunks(request):
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge(f"A callback has at most {LARGEST >> 10} kB.", "Send less at a time.")
    return proof, bytes(body)


def _answer(taken: Taken) -> Response:
    return JSONResponse({"success": True, **asdict(taken)}, 202)
