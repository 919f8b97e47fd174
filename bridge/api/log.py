"""The compliance log's endpoints: its state and entries, checks and exports, its keys. Operators only."""

from __future__ import annotations

import asyncio
import base64
from datetime import date
from itertools import islice
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import log_shapes
from bridge.api.bodies import json_body
from bridge.api.parts import Parts, caller, parts
from bridge.compliance.export import ExportRequest, Field, Scope, ScopeKind
from bridge.compliance.leaf import Leaf
from bridge.compliance.merkle import leaf_hash
from bridge.compliance.reading import reading
from bridge.errors import Conflict, InputError
from bridge.events import Event, EventType
from bridge.store.cases import find_case

LARGEST_PAGE = 500


async def state(request: Request) -> Response:
    return JSONResponse(await asyncio.to_thread(log_shapes.state, parts(request)))


async def entries(request: Request) -> Response:
    """Newest first; of one case, of types that begin so, of one day."""
    query, part = request.query_params, parts(request)
    limit, before = (_whole(query.get(name), name) for name in ("limit", "before"))
    case_id = ""
    if query.get("case"):
        case_id = (await part.store.read(lambda c: find_case(c, query["case"]))).id
    type_, day = query.get("type", ""), _day(query.get("day", ""))
    found, following = await asyncio.to_thread(
        _page, part, min(limit or 200, LARGEST_PAGE), before, case_id, type_, day
    )
    return JSONResponse({"entries": found, "next": following})


async def check(request: Request) -> Response:
    job = parts(request).jobs.start_check(caller(request).name)
    return JSONResponse(log_shapes.job(job), 202)


async def export(request: Request) -> Response:
    body, part = await json_body(request), parts(request)
    output = body.get("output")
    if not isinstance(output, str) or not output:
        raise InputError("`output` is missing.", "Give an absolute path, of a folder or a .zip.")
    scope = await _scope(body.get("scope"), part)
    chosen = body.get("disclose", [Field.BANK])
    if not isinstance(chosen, list) or not {*map(str, chosen)} <= {*Field}:
        raise InputError("`disclose` takes a list of fields.", f"Use: {', '.join(Field)}.")
    disclosed = frozenset(Field(str(each)) for each in chosen)
    job = part.jobs.start_export(ExportRequest(scope, Path(output), disclosed), caller(request).name)
    return JSONResponse(log_shapes.job(job), 202)


async def job(request: Request) -> Response:
    return JSONResponse(log_shapes.job(parts(request).jobs.find(request.path_params["job_id"])))


async def stop_job(request: Request) -> Response:
    return JSONResponse(log_shapes.job(parts(request).jobs.stop(request.path_params["job_id"])))


async def stamp(request: Request) -> Response:
    stamped = await parts(request).stamps.stamp(caller(request).name)
    at = round(stamped.attested_at.timestamp() * 1000)
    return JSONResponse({"entries": stamped.size, "attested_at": at}, 201)


async def accept(request: Request) -> Response:
    """Goes on from here, although the log is not what its outside copy says. Raises Conflict."""
    part = parts(request)
    if part.compliance.trouble is None:
        raise Conflict("Nothing is wrong with the log: there is nothing to accept.")
    now = part.compliance.state
    facts: dict[str, str | int] = {"size": now.size, "root": base64.b64encode(now.root).decode()}
    outside = await asyncio.to_thread(part.compliance.outside.read, now.origin)
    if outside:
        root = base64.b64encode(outside.newest.root).decode()
        facts |= {"outside_size": outside.newest.size, "outside_root": root}
    event = Event(EventType.ROLLBACK_ACCEPTED, "log", caller(request).name, facts)
    await part.store.write(lambda _: None, [event])
    return JSONResponse({"success": True})


async def keys(request: Request) -> Response:
    return JSONResponse(await asyncio.to_thread(log_shapes.keys, parts(request)))


async def create_keys(request: Request) -> Response:
    body = await json_body(request)
    into_keyring = body.get("keyring") is True
    await parts(request).keys.create(_passphrase(body), caller(request).name, into_keyring=into_keyring)
    return JSONResponse(await asyncio.to_thread(log_shapes.keys, parts(request)), 201)


async def unlock_keys(request: Request) -> Response:
    await parts(request).keys.unlock(_passphrase(await json_body(request)), caller(request).name)
    return await keys(request)


async def rotate_keys(request: Request) -> Response:
    await parts(request).keys.rotate(_passphrase(await json_body(request)), caller(request).name)
    return await keys(request)


async def lose_keys(request: Request) -> Response:
    await parts(request).keys.lose(_passphrase(await json_body(request)), caller(request).name)
    return await keys(request)


async def revoke_key(request: Request) -> Response:
    which = (await json_body(request)).get("fingerprint")
    if not isinstance(which, str):
        raise InputError("`fingerprint` is missing.", "Give that of the earlier key: SHA256:…")
    await parts(request).keys.revoke(which, caller(request).name)
    return await keys(request)


def _passphrase(body: dict[str, object]) -> bytes | None:
    value = body.get("passphrase")
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InputError("The passphrase is empty.", "Type it, or leave it out for the sources to give it.")
    return value.encode()


async def _scope(value: object, part: Parts) -> Scope:
    if not isinstance(value, dict) or value.get("kind") not in {*ScopeKind}:
        raise InputError("`scope` says what to export.", f"Its kind is one of: {', '.join(ScopeKind)}.")
    kind = ScopeKind(value["kind"])
    if kind is ScopeKind.CASE:
        beginning = str(value.get("case", ""))
        return Scope(kind, (await part.store.read(lambda c: find_case(c, beginning))).id)
    since, until = value.get("since"), value.get("until")
    if not all(each is None or type(each) is int for each in (since, until)):
        raise InputError("`since` and `until` are milliseconds since 1970, or null.")
    return Scope(kind, since=since, until=until)


def _whole(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not text.isdecimal():
        raise InputError(f"`{name}` takes a whole number.")
    return int(text)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise InputError("`day` takes a date in UTC.", "Write it so: 2026-11-24.") from None


def _page(
    part: Parts, limit: int, before: int | None, case_id: str, type_: str, day: str
) -> tuple[list[log_shapes.Json], int | None]:
    """Reads the store: for a thread. The entries, and below which index the next page begins."""
    words = [b'"%s":"%s' % pair for pair in ((b"type", type_.encode()), (b"ts", day.encode()))]
    with reading(part.store.path) as reader:
        below = reader.head.size if before is None else min(before, reader.head.size)
        if case_id:
            indices = [idx for idx in reversed(reader.case_entries(case_id)) if idx < below]
            of_case = ((idx, reader.leaf(idx)) for idx in indices)
            held = list(islice((each for each in of_case if all(word in each[1] for word in words)), limit))
        else:
            held = reader.holding(words, below, limit)
        names = reader.actor_names()
    found = [log_shapes.entry(idx, Leaf.of_bytes(raw), leaf_hash(raw), names) for idx, raw in held]
    return found, held[-1][0] if len(held) == limit else None
