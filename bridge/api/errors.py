"""Every error as an answer: `{"error", "message", "hint"}` with a fitting status, never 200."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge import errors

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.BridgeError], int], ...] = (
    (errors.Unauthorized, 401),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.WrongPassphrase, 403),
    (errors.KeysMissing, 409),
    (errors.KeysLocked, 409),
    (errors.OnHold, 409),
    (errors.ExportError, 400),
    (errors.KeysError, 400),
    (errors.NeverShown, 403),
    (errors.WordNeeded, 403),
    (errors.PauseOffered, 409),
    (errors.PauseNeeded, 429),
    (errors.NoCopyKept, 404),
    (errors.NotShownHere, 422),
    (errors.TooLarge, 413),
    (errors.Unhashable, 422),
    (errors.NotHereYet, 501),
    (errors.InputError, 400),
    (errors.NotChecked, 503),
    (errors.Unreachable, 502),
    (errors.HmaError, 502),
    (errors.PdsRefused, 502),
    (errors.StampRefused, 502),
    (errors.StoreError, 503),
    (errors.NotAvailable, 503),
    (errors.BridgeError, 500),
)


def status_of(error: errors.BridgeError) -> int:
    if isinstance(error, errors.NotChecked) and error.retry_after is None:
        return 413
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def body_of(error: errors.BridgeError) -> dict[str, str]:
    """The JSON of an error; those of an upload carry `status` and `reason`, and `matched` never."""
    body = {"error": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, errors.NotChecked):
        body |= {"status": "not_checked", "reason": error.reason, "upload_id": error.upload_id}
    elif isinstance(error, errors.Unhashable):
        body |= {"status": "unhashable", "reason": error.message, "upload_id": error.upload_id}
        body["message"] = f"This cannot be hashed: {error.message}."
    return body


async def on_bridge_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.BridgeError)
    headers: dict[str, str] = {}
    if isinstance(error, errors.NotChecked) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body_of(error), status_of(error), headers)


async def on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    names: Mapping[int, tuple[str, str]] = {
        404: ("NotFound", "There is nothing at this address."),
        405: ("MethodNotAllowed", "This address does not take that method."),
    }
    code, message = names.get(error.status_code, ("BadRequest", str(error.detail)))
    return JSONResponse({"error": code, "message": message, "hint": ""}, error.status_code, error.headers)


async def on_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with its traceback, which no caller sees."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    body = {"error": "InternalError", "message": "The bridge failed; its log says why.", "hint": ""}
    return JSONResponse(body, 500)
