"""Secrets that the bridge needs for others: set and deleted here, read back by nobody but the bridge."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.errors import InputError, KeysMissing
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName, seal_secret
from bridge.store.secrets import all_secrets, delete_secret, put_secret

LONGEST = 16 << 10


async def list_all(request: Request) -> Response:
    """Their names and when they were set, never themselves."""
    found = await parts(request).store.read(all_secrets)
    return JSONResponse({"secrets": [{"name": name, "set_at": at} for name, at in found]})


async def put(request: Request) -> Response:
    name, part = _name(request), parts(request)
    value = (await json_body(request)).get("value")
    if not isinstance(value, str) or not value:
        raise InputError("The secret is empty.", "Give its value on standard input.")
    if len(value) > LONGEST:
        raise InputError("The secret is longer than 16 kB.", "Give the secret itself.")
    if not part.keychain.exists:
        raise KeysMissing("A secret is sealed to the log's keys, and there are none yet.")
    sealed = seal_secret(part.keychain.seal_public, name, value)
    event = Event(EventType.SECRET_SET, name.value, caller(request).name, {"secret": name.value})
    await part.store.write(lambda connection: put_secret(connection, name, sealed), [event])
    await part.exchanges.syncs.ask_with(name)
    return JSONResponse({"success": True})


async def delete(request: Request) -> Response:
    name = _name(request)
    event = Event(EventType.SECRET_DELETED, name.value, caller(request).name, {"secret": name.value})
    await parts(request).store.write(lambda connection: delete_secret(connection, name), [event])
    return JSONResponse({"success": True})


def _name(request: Request) -> SecretName:
    try:
        return SecretName(request.path_params["name"])
    except ValueError:
        raise InputError("There is no secret of that name.", f"Use: {', '.join(SecretName)}.") from None
