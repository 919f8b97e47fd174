"""Answers to XRPC calls: errors as the PDS writes them, readable for browsers of any origin."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


def xrpc_error(status: int, name: str, message: str, retry_after: int | None = None) -> Response:
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse({"error": name, "message": message}, status, {**ANY_ORIGIN, **wait})
