"""Endpoints by which a person, or the app of one, asks for another decision."""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.errors import InputError


async def of_case(request: Request) -> Response:
    """Of a case, or of an upload by its reference. Raises NotFound, Conflict, InputError, StoreError."""
    words = _text((await json_body(request)).get("text", ""), "text")
    done = await parts(request).appeals.take(request.path_params["case_id"], words, caller(request).name)
    return JSONResponse(asdict(done), 201)


async def of_upload(request: Request) -> Response:
    """Of the caller's own upload. Raises NotFound, Conflict, InputError, StoreError."""
    body = await json_body(request)
    upload_id, photo_id = (_text(body.get(name, ""), name) for name in ("upload_id", "photo_id"))
    words = _text(body.get("text", ""), "text")
    done = await parts(request).appeals.take_of_app(upload_id, photo_id, words, caller(request).name)
    return JSONResponse(asdict(done), 201)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"`{name}` takes a text.")
    return value
