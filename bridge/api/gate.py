"""`uploadBlob` as the gate serves it in the PDS's place, behind the host's own reverse proxy.

The PDS takes its path in any letter case and with a slash behind it, so this address does too.
"""

from __future__ import annotations

import asyncio
import contextlib
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bridge.api.bodies import chunks
from bridge.api.xrpc import xrpc_error
from bridge.atproto.gate import Gate
from bridge.atproto.requests import Answered, Incoming, Rejected
from bridge.errors import InputError, StoreError, TooLarge, Unreachable

SILENCE_SECONDS = 8.0
"""Less than an upload waits for its room: who says nothing more keeps nobody out."""
MOST_READ_ON, READ_ON_SECONDS = 8 << 20, 20.0
_PATH = re.compile(r"^/xrpc/com\.atproto\.repo\.uploadblob/?$", re.IGNORECASE)


def gate_route(gate: Gate) -> Route:
    """The one address that is no part of our own API."""

    async def upload_blob(request: Request) -> Response:
        return await _answer(gate, request)

    route = Route("/xrpc/com.atproto.repo.uploadBlob", upload_blob, methods=["POST", "OPTIONS"])
    route.path_regex = _PATH
    return route


async def _answer(gate: Gate, request: Request) -> Response:
    incoming = _incoming(request)
    try:
        return _response(await _asked(gate, request.method, incoming))
    except Rejected as rejected:
        await _read_on(incoming)
        return xrpc_error(rejected.status, rejected.name, rejected.message, rejected.retry_after)
    except TooLarge as error:
        return xrpc_error(413, "PayloadTooLarge", error.message)
    except InputError as error:
        return xrpc_error(400, "InvalidRequest", error.message)
    except Unreachable as error:
        return xrpc_error(502, "UpstreamFailure", error.message)
    except StoreError:
        return xrpc_error(503, "UploadNotChecked", "Uploads cannot be taken just now; try again later.", 30)


async def _asked(gate: Gate, method: str, incoming: Incoming) -> Answered:
    return await (gate.preflight(incoming) if method == "OPTIONS" else gate.upload(incoming))


def _incoming(request: Request) -> Incoming:
    target = request.scope["raw_path"].decode("latin-1")
    if request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode("latin-1")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Incoming(target, headers, chunks(request, SILENCE_SECONDS))


async def _read_on(incoming: Incoming) -> None:
    """Takes the rest of a body that is refused: a proxy that still sends it would see a broken connection."""
    left = MOST_READ_ON
    with contextlib.suppress(InputError, TimeoutError):
        async with asyncio.timeout(READ_ON_SECONDS):
            async for chunk in incoming.body:
                left -= len(chunk)
                if left < 0:
                    return


def _response(answer: Answered) -> Response:
    response = Response(answer.body, answer.status)
    own = [(name, value) for name, value in response.raw_headers if name == b"content-length"]
    response.raw_headers = [
        *((name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers),
        *own,
    ]
    return response
