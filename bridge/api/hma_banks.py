"""Endpoints for what only a bank of HMA, or one mirrored there, has: on and off, mirrored to and from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import banks
from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.api.shapes import Json
from bridge.catalogue import FROM_HMA
from bridge.errors import Conflict, InputError, NotAvailable

if TYPE_CHECKING:  # only where there is an HMA
    from bridge.hma.desk import HmaDesk
    from bridge.hma.mirror import Mirrored
    from bridge.hma.pull import Pulled


async def switch(request: Request) -> Response:
    """Raises InputError, Forbidden, Conflict for a bank that is none of HMA's, HmaError."""
    await banks.check_may_remove(request)
    on = (await json_body(request)).get("on")
    if not isinstance(on, bool):
        raise InputError("`on` takes true or false.")
    bank = await banks.bank_of(request)
    if bank.origin != FROM_HMA:
        raise Conflict(f"{bank.name} is no bank of HMA.", "Give it the mode shadow to have it only watch.")
    await desk(request).banks.switch(bank.name, caller(request).name, on=on)
    if asked := parts(request).matcher.hma:
        await asked.inquire()  # what is told of the bank next is how it is now
    return JSONResponse({"success": True})


async def mirror(request: Request) -> Response:
    """One slice. Raises InputError, BadBank, Forbidden, Conflict, HmaError."""
    after = (await json_body(request)).get("after", 0)
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 1 << 63:
        raise InputError("`after` takes what the slice before gave as `next`.")
    name = request.path_params["name"]
    return JSONResponse(_mirrored(await desk(request).mirror.push(name, caller(request).name, after)))


async def pull(request: Request) -> Response:
    """One slice. Raises InputError, NotFound, BadBank, HmaError."""
    source = (await json_body(request)).get("from")
    if not isinstance(source, str) or not source:
        raise InputError("`from` takes the name of a bank of HMA.")
    name = request.path_params["name"]
    return JSONResponse(_pulled(await desk(request).pull.pull(name, source, caller(request).name)))


def desk(request: Request) -> HmaDesk:
    """Raises NotAvailable where the bridge has no HMA."""
    found = parts(request).hma
    if found is None:
        raise NotAvailable("This bridge has no HMA.", "Set matcher.hma_url, as docs/hma.md says.")
    return found


def _mirrored(done: Mirrored) -> Json:
    return {
        "bank": done.bank.name,
        "there": done.there,
        "added": done.added,
        "already": done.already,
        "removed": done.removed,
        "left": done.left,
        "unheld": done.unheld,
        "next": done.next,
        "done": done.is_done,
    }


def _pulled(done: Pulled) -> Json:
    return {
        "bank": done.bank.name,
        "added": done.added,
        "already": done.already,
        "refused": done.refused,
        "seen": done.seen,
        "stored": done.stored,
        "done": done.is_done,
        "whole": done.is_whole,
    }
