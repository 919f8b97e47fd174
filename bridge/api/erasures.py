"""Holds and erasures: what must be kept until a date, and what must not be kept at all."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.compliance.erasure import Erased
from bridge.errors import InputError


async def hold(request: Request) -> Response:
    body = await json_body(request)
    until, basis = body.get("until"), body.get("basis")
    if not isinstance(until, int) or not isinstance(basis, str):
        raise InputError("A hold needs `until` (milliseconds since 1970) and `basis`.")
    await parts(request).erasures.hold(request.path_params["case_id"], until, basis, caller(request).name)
    return JSONResponse({"success": True})


async def end_hold(request: Request) -> Response:
    await parts(request).erasures.end_hold(request.path_params["case_id"], caller(request).name)
    return JSONResponse({"success": True})


async def erase_case(request: Request) -> Response:
    basis = _text(await json_body(request), "basis")
    erasures = parts(request).erasures
    return _shown(await erasures.erase_case(request.path_params["case_id"], basis, caller(request).name))


async def erase_account(request: Request) -> Response:
    body = await json_body(request)
    account, basis = _text(body, "account"), _text(body, "basis")
    return _shown(await parts(request).erasures.erase_account(account, basis, caller(request).name))


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InputError(f"`{name}` is missing.")
    return value


def _shown(erased: Erased) -> Response:
    told = {"entries": erased.entries, "evidence": erased.evidence}
    return JSONResponse({"erased": erased.until is None, "until": erased.until, **told})
