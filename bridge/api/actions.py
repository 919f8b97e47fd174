"""Endpoints over the outbox: what was done and is to be done, tried again, given up, reversed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.parts import caller, parts
from bridge.api.records import number_in
from bridge.errors import InputError
from bridge.events import Event, EventType
from bridge.records import ActionRow
from bridge.store.action_rows import Which, action_rows, drop_action, find_action, key_of, retry_action

LARGEST_PAGE = 500


async def list_all(request: Request) -> Response:
    limit = min(number_in(request, "limit") or 100, LARGEST_PAGE)
    only, before = request.query_params.get("only", Which.ALL), number_in(request, "before")
    if only not in tuple(Which):
        raise InputError(f"`only` takes {', '.join(Which)}.")
    rows = await parts(request).store.read(lambda c: action_rows(c, Which(only), limit, before))
    return JSONResponse({"actions": [asdict(row) for row in rows]})


async def retry(request: Request) -> Response:
    """Raises NotFound, Conflict, StoreError."""

    def change(connection: Connection) -> list[Event]:
        action = find_action(connection, request.path_params["action_id"])
        retry_action(connection, action)
        return [_said(connection, EventType.ACTION_RETRIED, action, caller(request).name)]

    return await _changed(request, change)


async def drop(request: Request) -> Response:
    """Raises NotFound, Conflict, StoreError."""

    def change(connection: Connection) -> list[Event]:
        action = find_action(connection, request.path_params["action_id"])
        drop_action(connection, action)
        return [_said(connection, EventType.ACTION_CANCELLED, action, caller(request).name)]

    return await _changed(request, change)


async def reverse(request: Request) -> Response:
    """Takes back one takedown or hold, whatever decided it. Raises NotFound, Conflict, StoreError."""
    await parts(request).decisions.reverse(request.path_params["action_id"], caller(request).name)
    return await _shown(request)


async def _changed(request: Request, change: Callable[[Connection], list[Event]]) -> Response:
    await parts(request).store.write(change, _themselves)
    return await _shown(request)


async def _shown(request: Request) -> Response:
    action_id = request.path_params["action_id"]
    row = await parts(request).store.read(lambda connection: find_action(connection, action_id))
    return JSONResponse(asdict(row))


def _themselves(events: list[Event]) -> list[Event]:
    return events


def _said(connection: Connection, type_: EventType, action: ActionRow, actor: str) -> Event:
    facts = {"action": action.type, **({"upload": action.upload_id} if action.upload_id else {})}
    return Event(type_, key_of(connection, action.id), actor, facts, case_id=action.case_id)
