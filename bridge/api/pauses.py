"""Endpoints that pause the bridge and end the pause."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.errors import InputError


async def pause(request: Request) -> Response:
    """Raises InputError, Conflict where it is paused already, StoreError."""
    reason = (await json_body(request)).get("reason", "")
    if not isinstance(reason, str):
        raise InputError("`reason` takes a text.")
    return JSONResponse(asdict(await parts(request).pause.begin(caller(request).name, reason)))


async def resume(request: Request) -> Response:
    """Raises Conflict where it is not paused, StoreError."""
    done = await parts(request).pause.end(caller(request).name)
    return JSONResponse({**asdict(done.paused), "uploads": done.uploads})
