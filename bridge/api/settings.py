"""Endpoints that show the settings and change those that can be while the bridge runs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import shapes
from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.changeable import CHANGEABLE
from bridge.errors import InputError
from bridge.live_settings import LiveSettings
from bridge.origins import DEFAULT
from bridge.settings import names_of, value_of


async def list_all(request: Request) -> Response:
    live = parts(request).live
    return JSONResponse({"settings": [_shown(live, name) for name in names_of(live.now)]})


async def put(request: Request) -> Response:
    """Raises InputError, NotFound, Conflict where it is changed in config.toml, StoreError."""
    live, name = parts(request).live, request.path_params["name"]
    value = (await json_body(request)).get("value")
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise InputError("`value` takes a text or a whole number.")
    await live.change(name, str(value), caller(request).name)
    return JSONResponse(_shown(live, name))


async def take_back(request: Request) -> Response:
    """Raises NotFound, Conflict where it was not changed here, StoreError."""
    live, name = parts(request).live, request.path_params["name"]
    await live.take_back(name, caller(request).name)
    return JSONResponse(_shown(live, name))


def _shown(live: LiveSettings, name: str) -> shapes.Json:
    takes, origin = CHANGEABLE.get(name), live.now.origins.get(name, DEFAULT)
    return {
        "name": name,
        "value": value_of(live.now, name),
        "source": origin.source.value,
        "place": origin.place,
        "started_with": value_of(live.started, name),
        "can_change": takes is not None,
        "takes": takes.words if takes else "",
        "choices": list(takes.choices) if takes else [],
    }
