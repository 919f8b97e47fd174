"""Endpoints about the files of a case: which accounts else have them, and their hashes into an own bank."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.bodies import json_body
from bridge.api.parts import caller, parts
from bridge.errors import InputError
from bridge.signals import Signals
from bridge.store.banks import find_bank
from bridge.store.case_facts import others_of_case
from bridge.store.cases import find_case
from bridge.store.decisions import File, case_files
from bridge.store.signals import known_signals

MOST_OTHERS = 200


async def others(request: Request) -> Response:
    """Raises NotFound, StoreError."""
    beginning = request.path_params["case_id"]

    def read(connection: Connection) -> list[dict[str, object]]:
        case = find_case(connection, beginning)
        return [asdict(one) for one in others_of_case(connection, case.id, MOST_OTHERS)]

    return JSONResponse({"others": await parts(request).store.read(read)})


async def into_bank(request: Request) -> Response:
    """Adds what was computed of the case's files, or of `uploads`, to an own or test bank.

    Raises InputError, NotFound, Unhashable where one is no readable picture, StoreError.
    """
    body, part = await json_body(request), parts(request)
    name, uploads = body.get("bank"), body.get("uploads", [])
    if not isinstance(name, str) or not isinstance(uploads, list):
        raise InputError("Give `bank`, the name of one of your own, and `uploads` where not all are meant.")

    def read(connection: Connection) -> dict[bytes, Signals | None]:
        if find_bank(connection, name).category.is_listed:
            raise InputError(f"The bank {name} holds somebody's list.", "Name a bank of your own.")
        files = case_files(connection, find_case(connection, request.path_params["case_id"]).id)
        return {file.sha256: known_signals(connection, file.sha256) for file in _meant(files, uploads)}

    added = already = 0
    for signals in (await part.store.read(read)).values():
        if signals is None:
            raise InputError("Of one of these files nothing was computed.", "Leave it out.")
        done = await part.banks.add_picture(name, signals, caller(request).name)
        added, already = added + done.added, already + done.already
    return JSONResponse({"bank": name, "added": added, "already": already}, 201)


def _meant(files: list[File], uploads: list[object]) -> list[File]:
    """Raises InputError where none is left."""
    meant = [file for file in files if not uploads or file.id in uploads]
    if not meant:
        raise InputError("No such file is in this case.", "Read the case anew.")
    return meant
