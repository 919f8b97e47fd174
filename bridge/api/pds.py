"""The PDS that is watched: what the status says of it, and what operators ask for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bridge.api.parts import Parts, parts
from bridge.api.shapes import Json
from bridge.errors import Conflict
from bridge.keys.secrets import SecretName
from bridge.store.secrets import find_secret
from bridge.store.takedowns import count_takedowns

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.guard import Guard


async def summary(part: Parts, *, told: bool) -> Json | None:
    """None where no PDS is watched. How much is remembered of listed pictures is for operators only."""
    if part.guard is None:
        return None
    takedowns = asdict(await part.store.read(count_takedowns))
    return {
        **await part.store.read(part.guard.state),
        "gate": _gate(part),
        "takedowns": takedowns | ({} if told else {"remembered": None}),
        "can_take_down": await part.store.read(lambda c: find_secret(c, _needed(part)) is not None),
    }


async def backfill(request: Request) -> Response:
    """Joins the run under way. Raises Conflict, StoreError."""
    run = await watched(request).listing.join()
    return JSONResponse({"begun_at": run.begun_at}, 202)


async def retry(request: Request) -> Response:
    """Raises Conflict, StoreError."""
    return JSONResponse({"files": await watched(request).try_again()}, 202)


def _needed(part: Parts) -> SecretName:
    """The secret by which takedowns are asked for."""
    by_service = part.settings.pds.mod_did
    return SecretName.MOD_SERVICE_KEY if by_service else SecretName.PDS_ADMIN_PASSWORD


def _gate(part: Parts) -> Json | None:
    if part.gate is None:
        return None
    counts = part.gate.counts
    return {
        "mode": part.gate.mode.value,
        "fail": part.settings.gate.fail,
        "let_in": counts.let_in,
        "held": counts.held,
        "blocked": counts.blocked,
        "unchecked": counts.unchecked,
        "refused_by_pds": counts.refused_by_pds,
    }


def watched(request: Request) -> Guard:
    """Raises Conflict where no PDS is."""
    if (guard := parts(request).guard) is None:
        raise Conflict("No PDS is watched.", 'Set [pds] url and mode = "firehose", then start again.')
    return guard
