"""Endpoints by which apps and operators ask for an action: one, several, and how far one is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.actions.asking import Ask
from bridge.api.bodies import json_body
from bridge.api.errors import body_of
from bridge.api.parts import caller, parts
from bridge.api.shapes import Json
from bridge.errors import BridgeError, InputError
from bridge.store.asked import AskedRecord

MOST_IN_A_BATCH = 1000
LONGEST_BATCH = 1 << 20


async def ask(request: Request) -> Response:
    """Raises InputError, NotHereYet, NotFound, Forbidden, Conflict, Unreachable, StoreError."""
    return JSONResponse(await _carry_out(request, await json_body(request)), 202)


async def ask_batch(request: Request) -> Response:
    """Each gets its own answer, in order; 207 where not all were taken."""
    given = (await json_body(request, LONGEST_BATCH)).get("actions")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise InputError("The actions are missing.", 'Send {"actions": [{"action_type", …}]}.')
    if len(given) > MOST_IN_A_BATCH:
        raise InputError(f"More than {MOST_IN_A_BATCH} at a time.", "Send them in several requests.")
    results: list[Json] = []
    for one in given:
        try:
            results.append(await _carry_out(request, one))
        except BridgeError as error:
            results.append({"success": False, **body_of(error)})
    whole = all(result["success"] for result in results)
    return JSONResponse({"success": whole, "results": results}, 202 if whole else 207)


async def show(request: Request) -> Response:
    """An app sees its own only. Raises NotFound, StoreError."""
    by = caller(request)
    actor = None if by.is_operator else by.name
    return JSONResponse(_shown(await parts(request).asked.find(request.path_params["id"], actor)))


async def _carry_out(request: Request, fields: dict[str, object]) -> Json:
    by = caller(request)
    done = await parts(request).asked.carry_out(Ask.of(fields), by.name, is_operator=by.is_operator)
    return _shown(done)


def _shown(asked: AskedRecord) -> Json:
    return {
        "success": True,
        "id": asked.id,
        "action_type": asked.type,
        "state": asked.state.value,
        "at": asked.at,
        "case_id": asked.case_id,
    }
