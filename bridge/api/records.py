"""Endpoints that read back what was recorded: logs for apps; uploads, cases for the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api import shapes
from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.api.pds import watched
from bridge.catalogue import Category
from bridge.errors import InputError
from bridge.orders import Order
from bridge.records import Listed, UploadRecord
from bridge.store.case_facts import case_facts
from bridge.store.cases import case_records, count_cases, find_case
from bridge.store.decisions import decisions_of_case
from bridge.store.evidence import evidence_of
from bridge.store.outbox import actions_of_case
from bridge.store.policies import in_force
from bridge.store.reports import reports_of_case
from bridge.store.reveals import viewed_of_case
from bridge.store.uploads import Only, upload_records
from bridge.uploads import Source

LARGEST_PAGE = 500


async def logs(request: Request) -> Response:
    """What was said of each upload, newest first; of one photo where its id is in the path."""
    limit, before = _page(request)
    photo_id = request.path_params.get("photo_id")
    rows = await parts(request).store.read(
        lambda connection: upload_records(connection, photo_id=photo_id, before=before, limit=limit)
    )
    return JSONResponse({"logs": _shown(request, rows), "next": _next(rows, limit)})


async def uploads(request: Request) -> Response:
    limit, before = _page(request)
    only, sources = _only(request), _sources(request)
    rows = await parts(request).store.read(
        lambda connection: upload_records(connection, before=before, only=only, sources=sources, limit=limit)
    )
    return JSONResponse({"uploads": _shown(request, rows), "next": _next(rows, limit)})


async def cases(request: Request) -> Response:
    limit, _ = _page(request)
    offset, wanted = number_in(request, "offset") or 0, request.query_params.get("state", "open")
    if wanted not in tuple(Listed):
        raise InputError(f"`state` takes {', '.join(Listed)}.")
    listed, store = Listed(wanted), parts(request).store
    found, total = await store.read(
        lambda c: (case_records(c, listed, limit, offset), count_cases(c, listed))
    )
    return JSONResponse({"cases": [shapes.case(record) for record in found], "total": total})


async def open_case(request: Request) -> Response:
    """Raises InputError, NotFound, Conflict where no PDS is watched, Unreachable, StoreError."""
    body = await json_body(request)
    subject, category = body.get("subject"), body.get("category", Category.OWN)
    takes_down = body.get("take_down", True)
    if not isinstance(subject, str) or not subject.strip() or not isinstance(takes_down, bool):
        raise InputError("Give `subject`: an address, an at:// URI, a DID, a handle or a CID.")
    if category not in tuple(Category):
        raise InputError(f"There is no category {str(category)[:30]!r}.", f"Use: {', '.join(Category)}.")
    order = Order(opens=Category(str(category)), takes_down=takes_down, actor=caller(request).name)
    return JSONResponse(asdict(await watched(request).by_hand.open(subject, order)), 201)


async def case(request: Request) -> Response:
    store, beginning = parts(request).store, request.path_params["case_id"]
    record = await store.read(lambda connection: find_case(connection, beginning))
    rows = await store.read(
        lambda connection: upload_records(connection, case_id=record.id, limit=LARGEST_PAGE)
    )
    reports = await store.read(lambda connection: reports_of_case(connection, record.id, LARGEST_PAGE))
    acted = await store.read(lambda connection: actions_of_case(connection, record.id))
    kept = await store.read(lambda connection: evidence_of(connection, case_id=record.id))
    facts, decided = await store.read(lambda c: (case_facts(c, record), decisions_of_case(c, record.id)))
    known = (await store.read(in_force)).reasons
    viewed = await store.read(lambda connection: viewed_of_case(connection, record.id))
    guard = parts(request).guard
    told = {
        "handle": await guard.handles.of(record.did) if guard and record.did else "",
        "viewed": [asdict(each) for each in viewed],
        "files": _shown(request, rows),
        "reports": [shapes.report(each) for each in reports],
        "actions": [asdict(each) for each in acted],
        "evidence": [shapes.evidence(each) for each in kept],
        "decisions": [asdict(each) for each in decided],
        "facts": asdict(facts),
        "reasons": shapes.reasons(record.category, known),
    }
    return JSONResponse({**shapes.case(record), **told})


def _only(request: Request) -> Only:
    try:
        return Only(request.query_params.get("only", Only.ALL))
    except ValueError:
        raise InputError(f"`only` takes {', '.join(Only)}.") from None


def _sources(request: Request) -> list[Source]:
    """Empty for any."""
    named = request.query_params.get("source")
    try:
        return [Source(each) for each in named.split(",")] if named else []
    except ValueError:
        raise InputError(f"`source` takes some of {', '.join(Source)}, with commas between.") from None


def _page(request: Request) -> tuple[int, int | None]:
    limit = number_in(request, "limit") or 100
    return min(limit, LARGEST_PAGE), number_in(request, "before")


def number_in(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InputError(f"`{name}` takes a whole number.")
    return int(text)


def _next(rows: Sequence[UploadRecord], limit: int) -> int | None:
    return rows[-1].seq if len(rows) == limit else None


def _shown(request: Request, rows: Sequence[UploadRecord]) -> list[shapes.Json]:
    reveals = caller(request).is_operator
    return [shapes.upload(row, reveals_lists=reveals) for row in rows]
