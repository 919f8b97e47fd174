"""Endpoints for API keys, on the operator's socket only."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import shapes
from bridge.api.bodies import json_body
from bridge.api.parts import Scope, caller, parts
from bridge.errors import InputError
from bridge.events import Event, EventType
from bridge.store.api_keys import all_keys, insert_key, new_key, revoke_key

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


async def create(request: Request) -> Response:
    """The key itself is in this answer and nowhere else: the store has its digest."""
    body = await json_body(request)
    name, scopes = body.get("name"), body.get("scopes")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError("A key's name is 1 to 63 letters, digits and . _ -.")
    if not isinstance(scopes, list) or not scopes:
        raise InputError("A key needs a scope.", f"Use: {', '.join(Scope)}.")
    if unknown := sorted({*map(str, scopes)} - {*Scope}):
        raise InputError(f"There is no scope {unknown[0][:20]!r}.", f"Use: {', '.join(Scope)}.")
    key = new_key()
    facts = {"scopes": " ".join(map(str, scopes))}
    event = Event(EventType.API_KEY_CREATED, name, caller(request).name, facts, {"name": name})
    await parts(request).store.write(
        lambda connection: insert_key(connection, name, key, [str(scope) for scope in scopes]), [event]
    )
    return JSONResponse({"name": name, "key": key}, 201)


async def list_all(request: Request) -> Response:
    records = await parts(request).store.read(all_keys)
    return JSONResponse({"apikeys": [shapes.api_key(record) for record in records]})


async def revoke(request: Request) -> Response:
    name = request.path_params["name"]
    event = Event(EventType.API_KEY_REVOKED, name, caller(request).name, private={"name": name})
    await parts(request).store.write(lambda connection: revoke_key(connection, name), [event])
    return JSONResponse({"success": True})
