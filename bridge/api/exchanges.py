"""Endpoints for lists of others: which are connected and how they are, connect, sync now, remove."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import matching
from bridge.api.bodies import json_body
from bridge.api.parts import Parts, caller, parts
from bridge.api.shapes import Json
from bridge.banks.exchanges.programmes import PROGRAMMES, Programme
from bridge.catalogue import Category, ListKind
from bridge.errors import InputError
from bridge.keys.secrets import SecretName
from bridge.store.exchanges import StoredExchange, all_exchanges, find_exchange
from bridge.store.secrets import all_secrets
from bridge.uploads import now_ms


async def list_all(request: Request) -> Response:
    """Those that are connected, and every programme with what this host has of it."""
    part = parts(request)
    found, secrets = await part.store.read(
        lambda connection: (all_exchanges(connection), all_secrets(connection))
    )
    held = {name for name, _ in secrets}
    return JSONResponse(
        {
            "exchanges": [_shown(part, exchange) for exchange in found],
            "programmes": [_programme(part, one, held, found) for one in PROGRAMMES],
        }
    )


async def show(request: Request) -> Response:
    """Raises NotFound."""
    return await _answer(request, request.path_params["name"], 200)


async def connect(request: Request) -> Response:
    """Raises InputError, Conflict, NotFound, BadBank."""
    body = await json_body(request)
    name, bank, settings = body.get("name"), body.get("bank") or "", body.get("settings") or {}
    if not isinstance(name, str) or not isinstance(bank, str):
        raise InputError("A list needs a name.", 'Send {"name": "…", "kind": "…", "settings": {…}}.')
    if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
        raise InputError("The settings of a list are texts by their names.")
    kind, category = _kind(body.get("kind")), _category(body.get("category"))
    await parts(request).exchanges.connect(name.strip(), kind, settings, caller(request).name, bank, category)
    return await _answer(request, name.strip(), 201)


async def sync(request: Request) -> Response:
    """Begins one now. Raises NotFound."""
    name = request.path_params["name"]
    await parts(request).exchanges.syncs.ask(name)
    return await _answer(request, name, 202)


async def remove(request: Request) -> Response:
    """Raises NotFound."""
    await parts(request).exchanges.remove(request.path_params["name"], caller(request).name)
    return JSONResponse({"success": True})


async def _answer(request: Request, name: str, status: int) -> Response:
    part = parts(request)
    found = await part.store.read(lambda connection: find_exchange(connection, name))
    return JSONResponse(_shown(part, found), status)


def _programme(
    part: Parts, one: Programme, held: Collection[str], connected: Sequence[StoredExchange]
) -> Json:
    kind = part.exchanges.syncs.kinds.get(one.kind) if one.kind else None
    settings = kind.settings if kind else {}
    return {
        "name": one.name,
        "title": one.title,
        "holds": one.holds,
        "who": one.who,
        "send": one.send,
        "takes": one.takes,
        "kind": one.kind,
        "secret": one.secret,
        "secret_is_set": one.secret in held,
        "lists": [exchange.name for exchange in connected if exchange.kind == one.kind],
        "settings": [
            {"name": name, "takes": each.hint, "usual": each.usual, "is_rare": each.is_rare}
            for name, each in settings.items()
        ],
        "asks_category": kind is not None and kind.asks_category,
        "shield": matching.shield(part) if one.secret is SecretName.ARACHNID else None,
    }


def _shown(part: Parts, exchange: StoredExchange) -> Json:
    return {
        "name": exchange.name,
        "kind": exchange.kind,
        "bank": exchange.bank,
        "settings": dict(exchange.settings),
        "state": part.exchanges.syncs.state_of(exchange, now_ms()),
        "entries": exchange.entries,
        "unread": exchange.unread,
        "changes_read": exchange.changes_read,
        "connected_at": exchange.created_at,
        "tried_at": exchange.tried_at,
        "succeeded_at": exchange.succeeded_at,
        "due_at": exchange.due_at,
        "fault": exchange.fault,
        "remedy": exchange.remedy,
    }


def _kind(value: object) -> ListKind:
    try:
        return ListKind(str(value))
    except ValueError:
        raise InputError(
            f"There is no kind of list {str(value)[:20]!r}.", f"Use: {', '.join(ListKind)}."
        ) from None


def _category(value: object) -> Category | None:
    if not value:
        return None
    try:
        return Category(str(value))
    except ValueError:
        words = ", ".join(Category)
        raise InputError(f"There is no category {str(value)[:20]!r}.", f"Use one of: {words}.") from None
