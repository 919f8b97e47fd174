"""Endpoints by which a person looks at a picture, on the Unix socket only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.errors import InputError
from bridge.reveals.drawing import LARGEST_SIDE, Drawing, Step
from bridge.reveals.reveals import Asked


async def show(request: Request) -> Response:
    """A PNG, with what was written down of it in its headers. Raises as `Reveals.show`, InputError."""
    body = await json_body(request)
    colour, goes_on = body.get("colour", False), body.get("go_on", False)
    if not isinstance(colour, bool) or not isinstance(goes_on, bool):
        raise InputError("`colour` and `go_on` take true or false.")
    drawing = Drawing(
        Step(_number(body, "step", len(Step))),
        _number(body, "width", LARGEST_SIDE),
        _number(body, "height", LARGEST_SIDE),
        colour,
    )
    texts = {name: _text(body, name) for name in ("upload", "reveal", "word")}
    asked = Asked(request.path_params["case_id"], drawing=drawing, goes_on=goes_on, **texts)
    shown = await parts(request).reveals.show(asked, caller(request).name)
    headers = {
        "Cache-Control": "no-store",
        "X-Reveal": shown.reveal,
        "X-Reveal-Whole": "yes" if shown.drawn.whole else "no",
        "X-Reveal-Left-Ms": str(shown.left_ms),
    }
    return Response(shown.drawn.png, media_type="image/png", headers=headers)


async def end(request: Request) -> Response:
    """Raises NotFound, InputError, StoreError."""
    shown_ms = (await json_body(request)).get("shown_ms")
    if not isinstance(shown_ms, int) or isinstance(shown_ms, bool) or shown_ms < 0:
        raise InputError("Give `shown_ms`: for how many milliseconds it was shown.")
    ended = await parts(request).reveals.end(request.path_params["reveal_id"], shown_ms, caller(request).name)
    return JSONResponse({"reveal": ended.id, "shown_ms": ended.shown_ms})


async def allowance(request: Request) -> Response:
    return JSONResponse(asdict(await parts(request).reveals.allowance(caller(request).name)))


def _number(body: Mapping[str, object], name: str, most: int) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise InputError(f"`{name}` takes a whole number from 1 to {most:,}.")
    return value


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"`{name}` takes a text.")
    return value
