"""`scanBlob` as an unmodified hepa calls it, `reportBlob` as Ozone's blob diverter does.

Shapes are hepa's own (`automod/visual/abyss_api.go` of indigo); over this door nothing of a list is
told but that there is a hit, and whether it may be acted on.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.api.bodies import chunks, length_of
from bridge.api.parts import Parts
from bridge.api.xrpc import xrpc_error
from bridge.atproto.cids import cid_of
from bridge.atproto.scans import Claims, Scans, labels
from bridge.errors import InputError, KeysError, NotChecked, NotFound, StoreError, TooLarge, Unhashable
from bridge.keys.secrets import SecretName
from bridge.outcomes import Outcome
from bridge.store.secrets import read_secret

LONGEST_WAIT = 5
"""Seconds that a hepa is told to wait at most: it gives all of a record half a minute."""
HASH_TYPE = "hma-console"

_Work = Callable[[Request], Awaitable[Response]]


def scan_routes(parts: Parts) -> list[Route]:
    scans = Scans(parts.pipeline, parts.guard.pds if parts.guard else None)

    async def scan(request: Request) -> Response:
        outcome = await scans.scan(chunks(request), length_of(request), Claims.of(request.query_params))
        return JSONResponse(_scanned(outcome))

    async def report(request: Request) -> Response:
        outcome = await scans.report(chunks(request), length_of(request), Claims.of(request.query_params))
        return JSONResponse({"success": True, "upload_id": outcome.upload.id, "case_id": outcome.case_id})

    return [
        Route(f"/xrpc/com.atproto.unspecced.{name}", _answering(parts, work), methods=["POST"])
        for name, work in (("scanBlob", scan), ("reportBlob", report))
    ]


def _answering(parts: Parts, work: _Work) -> _Work:
    """`work`, for those who have the password; its errors as XRPC's."""

    async def answer(request: Request) -> Response:
        try:
            return await _refusal(parts, request) or await work(request)
        except NotChecked as error:
            if error.retry_after is None:
                return xrpc_error(413, "NotChecked", error.message)
            return xrpc_error(503, "NotChecked", error.message, min(error.retry_after, LONGEST_WAIT))
        except Unhashable as error:
            return xrpc_error(422, "Unhashable", f"This cannot be hashed: {error.message}.")
        except TooLarge as error:
            return xrpc_error(413, "PayloadTooLarge", error.message)
        except InputError as error:
            return xrpc_error(400, "InvalidRequest", error.message)
        except StoreError:
            return xrpc_error(503, "NotRecorded", "Nothing can be recorded just now.", LONGEST_WAIT)

    return answer


async def _refusal(parts: Parts, request: Request) -> Response | None:
    """Why this caller is not served; None where the password is right."""
    sent = _password(request.headers.get("authorization", ""))
    if sent is None:
        return _unauthorized("This needs Basic authentication as admin.")
    try:
        password = await read_secret(parts.store, parts.keychain, SecretName.SCAN_BLOB_PASSWORD)
    except (KeysError, NotFound) as error:
        return xrpc_error(503, "NotAvailable", f"{error.message} {error.hint}".strip(), LONGEST_WAIT)
    if not hmac.compare_digest(sent, password.encode()):
        return _unauthorized("The password is wrong.")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        return xrpc_error(415, "UnsupportedMediaType", "Send the blob without a content encoding.")
    return None


def _password(authorization: str) -> bytes | None:
    """None for anything but the user `admin`."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except ValueError:
        return None
    return password if (user, colon) == (b"admin", b":") else None


def _unauthorized(message: str) -> Response:
    response = xrpc_error(401, "AuthenticationRequired", message)
    response.headers["WWW-Authenticate"] = "Basic"
    return response


def _scanned(outcome: Outcome) -> dict[str, object]:
    """What hepa reads. `hashValue` is the upload's id here, never a hash."""
    signals = outcome.signals
    blob = {
        "$type": "blob",
        "ref": {"$link": cid_of(signals.sha256)},
        "mimeType": signals.media_type,
        "size": signals.size,
    }
    hits = [
        {"hashType": HASH_TYPE, "hashValue": outcome.upload.id, "label": label.value}
        for label in labels(outcome)
    ]
    review = {"review": {"state": "open", "ticketId": outcome.case_id}} if outcome.case_id else {}
    return {"blob": blob, "match": {"status": "success", "hits": hits}, **review}
