"""Endpoints by which a person decides: one case or several together, undo, and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.decisions import Choice, Decided, DecisionRecord, Request, Wanted
from bridge.errors import InputError
from bridge.uploads import new_id

LONGEST_KEY = 100


async def decide(request: HttpRequest) -> Response:
    """One case. Raises InputError, NotFound, CaseDecided, StoreError."""
    body = await json_body(request)
    wanted = Wanted(request.path_params["case_id"], _texts(body.get("uploads", []), "uploads"))
    return await _decide(request, [wanted], body)


async def decide_all(request: HttpRequest) -> Response:
    """Several cases, in one transaction. Raises as `decide`."""
    body = await json_body(request)
    named = body.get("cases")
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        raise InputError(
            "Give `cases`: a list of objects with `case`, and `uploads` where not all are meant."
        )
    return await _decide(request, [_wanted(one) for one in named], body)


async def undo(request: HttpRequest) -> Response:
    """Raises NotFound, Conflict, StoreError."""
    done = await parts(request).decisions.undo(request.path_params["batch"], caller(request).name)
    return JSONResponse(asdict(done))


async def note(request: HttpRequest) -> Response:
    """Raises NotFound, InputError, StoreError."""
    words = (await json_body(request)).get("text")
    if not isinstance(words, str):
        raise InputError("Give `text`.")
    done = await parts(request).decisions.note(request.path_params["case_id"], words, caller(request).name)
    return JSONResponse({"case_id": done}, 201)


async def _decide(request: HttpRequest, cases: Sequence[Wanted], body: Mapping[str, object]) -> Response:
    choice, reason, note = body.get("choice"), body.get("reason"), body.get("note", "")
    key = body.get("key", "")
    if choice not in tuple(Choice):
        raise InputError(f"`choice` takes {', '.join(Choice)}.")
    if not isinstance(reason, str) or not isinstance(note, str):
        raise InputError("Give `reason`, the code of one, and `note` as a text.")
    if not isinstance(key, str) or len(key) > LONGEST_KEY:
        raise InputError(f"`key` takes a text of at most {LONGEST_KEY} letters.")
    asked = Request(cases, Choice(str(choice)), reason, note.strip(), key or new_id())
    done = await parts(request).decisions.decide(asked, caller(request).name)
    return JSONResponse(decided(done))


def decided(done: Decided) -> dict[str, object]:
    return asdict(done)


def undoable(made: Sequence[DecisionRecord]) -> dict[str, object] | None:
    """What the newest decision was whose undo window is open."""
    if not made:
        return None
    return {
        "batch": made[0].batch,
        "choice": made[0].choice.value,
        "cases": [each.case_id for each in made],
        "files": sum(len(each.uploads) for each in made),
        "actor": made[0].actor,
        "at": made[0].at,
        "until": made[0].undo_until,
    }


def _wanted(one: Mapping[str, object]) -> Wanted:
    case = one.get("case")
    if not isinstance(case, str) or not case:
        raise InputError("Each of `cases` names a `case`.")
    return Wanted(case, _texts(one.get("uploads", []), "uploads"))


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InputError(f"`{name}` takes a list of ids.")
    return tuple(value)
