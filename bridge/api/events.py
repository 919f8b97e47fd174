"""News as server-sent events, read from the store: whoever sends the last id back misses nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bridge.api import shapes
from bridge.api.parts import Caller, Parts, caller, parts
from bridge.errors import InputError, NotFound
from bridge.events import EventType
from bridge.records import CaseRecord
from bridge.store.api_keys import is_in_force
from bridge.store.cases import find_case
from bridge.store.events import events_after
from bridge.store.reports import case_of_report
from bridge.store.uploads import upload_records

AT_ONCE = 200
SILENCE_SECONDS = 15.0

_UPLOADS = (EventType.UPLOAD_RECORDED, EventType.UPLOAD_RECHECKED)
_CASES = (
    EventType.CASE_OPENED,
    EventType.CASE_JOINED,
    EventType.CASE_REPORTED,
    EventType.CASE_NOTED,
    EventType.CASE_APPEALED,
    EventType.DECISION_MADE,
    EventType.DECISION_UNDONE,
)
_BANKS = (
    EventType.BANK_CREATED,
    EventType.BANK_DELETED,
    EventType.BANK_SWITCHED,
    EventType.ENTRIES_ADDED,
    EventType.ENTRIES_REMOVED,
)


async def events(request: Request) -> Response:
    part, last = parts(request), request.headers.get("last-event-id")
    if last is not None and not (last.isascii() and last.isdigit() and len(last) <= 18):
        raise InputError("Last-Event-ID takes the id of an event.")
    start = part.store.seq if last is None else min(int(last), part.store.seq)
    return StreamingResponse(
        _stream(part, start, caller(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(part: Parts, seq: int, by: Caller) -> AsyncIterator[str]:
    """Ends when the bridge stops or the key is revoked; a comment keeps a silent connection alive."""
    yield ": here\n\n"
    while not part.store.ending and await _may_listen(part, by):
        if part.store.seq <= seq:
            newest = await part.store.wait_for_news(seq, SILENCE_SECONDS, is_reader=True)
            if newest <= seq:
                yield ": still here\n\n"
                continue
        found = await part.store.read(partial(events_after, seq=seq, limit=AT_ONCE))
        for number, kind, data in await _told(part, found, by.is_operator):
            yield f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
        seq = found[-1][0] if found else part.store.seq


async def _may_listen(part: Parts, by: Caller) -> bool:
    name = by.name.removeprefix("key:")
    return by.is_operator or await part.store.read(partial(is_in_force, name=name))


async def _told(
    part: Parts, found: list[tuple[int, EventType, str]], reveals_lists: bool
) -> list[tuple[int, str, shapes.Json]]:
    """Each event with the thing it is about, as that is now. Cases are told on the socket only."""
    ids = list({subject for _, kind, subject in found if kind in _UPLOADS})
    rows = await part.store.read(lambda connection: upload_records(connection, ids=ids, limit=AT_ONCE))
    uploads = {row.id: shapes.upload(row, reveals_lists=reveals_lists) for row in rows}
    told: list[tuple[int, str, shapes.Json]] = []
    for number, kind, subject in found:
        if kind in _UPLOADS and subject in uploads:
            told.append((number, "upload", uploads[subject]))
        elif kind in _CASES and reveals_lists:
            try:
                record = await part.store.read(partial(_case, kind=kind, subject=subject))
            except NotFound:
                continue
            told.append((number, "case", shapes.case(record)))
        elif kind in _BANKS:
            told.append((number, "bank", {"name": subject}))
        elif kind is EventType.POLICY_CHANGED and reveals_lists:
            told.append((number, "policy", {"version": int(subject)}))
        elif reveals_lists:
            told.append((number, "note", {"type": kind.value, "subject": subject}))
    return told


def _case(connection: Connection, kind: EventType, subject: str) -> CaseRecord:
    """Raises NotFound."""
    is_report = kind is EventType.CASE_REPORTED
    return find_case(connection, case_of_report(connection, subject) if is_report else subject)
