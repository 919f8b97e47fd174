"""Endpoints for banks: make, list, fill, empty, read lists in and write them out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bridge.api import matching, shapes
from bridge.api.bodies import chunks, hash_in, json_body, received
from bridge.api.parts import caller, parts
from bridge.banks.banks import Banks
from bridge.catalogue import FROM_ARACHNID, FROM_HMA, Bank, Category, Mode, OnMatch, Role
from bridge.errors import BadBank, BadSignal, BadThreshold, Forbidden, NotAvailable, NotFound
from bridge.records import BankRecord
from bridge.signals import Signal, SignalType
from bridge.store.banks import bank_records, find_bank
from bridge.store.policies import in_force

if TYPE_CHECKING:  # only where there is an HMA
    from bridge.hma.banks import HmaBanks

LONGEST_DESCRIPTION = 1000
LARGEST_ID = (1 << 63) - 1

_MEDIA_TYPES = {"text": "text/plain; charset=utf-8", "csv": "text/csv", "json": "application/json"}

E = TypeVar("E", bound=StrEnum)


async def create(request: Request) -> Response:
    body = await json_body(request)
    name, description = body.get("name"), body.get("description") or ""
    if not isinstance(name, str):
        raise BadBank("A bank needs a name.", 'Send {"name": "…"}.')
    if not isinstance(description, str) or len(description) > LONGEST_DESCRIPTION:
        raise BadBank(f"A description is a text of at most {LONGEST_DESCRIPTION} characters.")
    category = _one_of(Category, body, "category", Category.OWN)
    role = _one_of(Role, body, "role", Role.BLOCK)
    making = (await parts(request).store.read(in_force)).making[category]
    usual = making.on_match if role is Role.BLOCK else OnMatch.REVIEW
    await _changer(request, _origin(request, body, role)).create(
        Bank(
            name.strip(),
            category,
            role=role,
            on_match=_one_of(OnMatch, body, "on_match", usual),
            mode=_one_of(Mode, body, "mode", making.mode),
            threshold=_threshold(body, making.threshold),
            description=description,
        ),
        caller(request).name,
    )
    return await _answer(request, name.strip(), 201)


async def list_all(request: Request) -> Response:
    records = await parts(request).store.read(bank_records)
    has_hma = parts(request).hma is not None
    return JSONResponse({"banks": [_shown(request, record) for record in records], "hma": has_hma})


async def show(request: Request) -> Response:
    return await _answer(request, request.path_params["name"], 200)


async def delete(request: Request) -> Response:
    await check_may_remove(request)
    await (await _banks(request)).delete(request.path_params["name"], caller(request).name)
    return JSONResponse({"success": True})


async def add_signal(request: Request) -> Response:
    body = await json_body(request)
    metadata = body.get("metadata")
    done = await (await _filled(request)).add_signals(
        request.path_params["name"],
        _signals(body),
        caller(request).name,
        metadata if isinstance(metadata, dict) else None,
    )
    return JSONResponse(shapes.addition(done, told=_is_told(request, done.bank)), 201)


async def remove_signal(request: Request) -> Response:
    await check_may_remove(request)
    banks, name = await _banks(request), request.path_params["name"]
    removed = 0
    for signal in _signals(await json_body(request)):
        removed += await banks.remove_signal(name, signal, caller(request).name)
    if not removed:
        raise NotFound("The bank has no such hash.")
    return JSONResponse({"success": True, "removed": removed})


async def add_content(request: Request) -> Response:
    part = parts(request)
    banks = await _filled(request)
    async with received(request) as item:
        signals = await part.pipeline.hash(item.content)
        done = await banks.add_picture(request.path_params["name"], signals, caller(request).name)
    return JSONResponse(shapes.addition(done, told=_is_told(request, done.bank)), 201)


async def remove_content(request: Request) -> Response:
    await check_may_remove(request)
    if request.path_params["content_id"] > LARGEST_ID:
        raise NotFound("The bank has no such content.")
    removed = await (await _banks(request)).remove_content(
        request.path_params["name"], request.path_params["content_id"], caller(request).name
    )
    return JSONResponse({"success": True, "removed": removed})


async def import_list(request: Request) -> Response:
    length = request.headers.get("content-length", "")
    job = await (await _filled(request)).import_list(
        request.path_params["name"],
        chunks(request),
        caller(request).name,
        int(length) if length.isdigit() else None,
    )
    bank = await bank_of(request)
    return JSONResponse(shapes.import_done(job, told=_is_told(request, bank)))


async def export(request: Request) -> Response:
    form = request.query_params.get("format", "text")
    pages = await (await _banks(request)).export(request.path_params["name"], form)
    return StreamingResponse(pages, media_type=_MEDIA_TYPES[form])


async def _answer(request: Request, name: str, status: int) -> Response:
    records = await parts(request).store.read(lambda connection: bank_records(connection, name))
    return JSONResponse(_shown(request, records[0]), status)


def _shown(request: Request, record: BankRecord) -> shapes.Json:
    share = matching.share_of(parts(request), record.bank)
    return shapes.bank(record, told=_is_told(request, record.bank), share=share)


def _is_told(request: Request, bank: Bank) -> bool:
    """Whether counts of a bank may be told: those of a listed one would tell what is in it."""
    return caller(request).is_operator or not bank.category.is_listed


async def _banks(request: Request) -> Banks | HmaBanks:
    """What changes the bank of the path."""
    return _changer(request, (await bank_of(request)).origin)


async def _filled(request: Request) -> Banks | HmaBanks:
    """What fills the bank of the path. Raises BadBank for one whose entries nobody here can add to."""
    bank = await bank_of(request)
    if bank.origin == FROM_ARACHNID:
        raise BadBank(f"{bank.name} stands for what Arachnid Shield finds.", "Add to a bank of your own.")
    return _changer(request, bank.origin)


def _changer(request: Request, origin: str) -> Banks | HmaBanks:
    """Raises NotAvailable for a bank of HMA where the bridge has none."""
    if origin != FROM_HMA:
        return parts(request).banks
    desk = parts(request).hma
    if desk is None:
        raise NotAvailable("This bridge has no HMA.", "Set matcher.hma_url, as docs/hma.md says.")
    return desk.banks


def _origin(request: Request, body: Mapping[str, object], role: Role) -> str:
    """Where a new bank is to be: as the body says, else as `matcher.kind` does; allow banks are own ones."""
    desk, said = parts(request).hma, body.get("origin")
    if said not in (None, "here", FROM_HMA):
        raise BadBank(f"There is no origin {str(said)[:20]!r}.", f"Use one of: here, {FROM_HMA}.")
    if said is None:
        return FROM_HMA if desk and desk.takes_new_banks and role is Role.BLOCK else ""
    return FROM_HMA if said == FROM_HMA else ""


async def bank_of(request: Request) -> Bank:
    name = request.path_params["name"]
    return await parts(request).store.read(lambda connection: find_bank(connection, name))


async def check_may_remove(request: Request) -> None:
    """An app may add to a list it is trusted to fill, never take from one or switch it off."""
    bank = await bank_of(request)
    if not _is_told(request, bank):
        raise Forbidden(f"What {bank.name} holds is removed by the operator, on the bridge's own socket.")


def _signals(body: Mapping[str, object]) -> list[Signal]:
    """All hashes of a body that names them by type; `hash` is told by its length."""
    found = []
    for name in ("hash", *(signal_type.value for signal_type in SignalType)):
        value = body.get(name)
        if isinstance(value, str) and value:
            found.append(hash_in(value, "" if name == "hash" else name))
    if not found:
        raise BadSignal("The hash is missing.", 'Send {"hash": "…"}, or pdq, md5, sha1, sha256.')
    return found


def _one_of(kind: type[E], body: Mapping[str, object], name: str, default: E) -> E:
    value = body.get(name)
    if value is None:
        return default
    try:
        return kind(str(value))
    except ValueError:
        words = ", ".join(one.value for one in kind)
        raise BadBank(f"There is no {name} {str(value)[:20]!r}.", f"Use one of: {words}.") from None


def _threshold(body: Mapping[str, object], usual: int) -> int:
    value = body.get("threshold")
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadThreshold(f"A bank's threshold is a distance from 0 to 31, not {str(value)[:20]}.")
    return value
