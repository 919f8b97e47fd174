"""Endpoints that say how the bridge is: health, status, metrics, the OpenAPI document."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bridge.alarm import Alarm, Kind, Level
from bridge.alarms.digest import week
from bridge.alarms.rules import alarms
from bridge.api import log_shapes, matching, pds, rematching, self_tests, shapes
from bridge.api.decisions import undoable
from bridge.api.facts import gather
from bridge.api.parts import Parts, caller, parts
from bridge.matching.embedded import IndexState
from bridge.store import decisions as stored
from bridge.store.alarms import Told, told_alarms
from bridge.store.evidence import vault_totals
from bridge.store.totals import totals
from bridge.uploads import now_ms
from bridge.verdicts import Verdict
from bridge.version import VERSION


async def health(request: Request) -> Response:
    """For a load balancer or an app: whether uploads are compared now. Tells nothing else."""
    if parts(request).matcher.state is IndexState.READY:
        return JSONResponse({"status": "ok"})
    return JSONResponse({"status": "starting"}, 503)


async def status(request: Request) -> Response:
    return JSONResponse(await _status(request))


async def metrics(request: Request) -> Response:
    """Prometheus text, version 0.0.4."""
    part, now = parts(request), await _status(request)
    lines = ["# TYPE hma_console_uploads_total counter"]
    lines += [
        f'hma_console_uploads_total{{verdict="{verdict.value}"}} {now["uploads"][verdict.value]}'
        for verdict in Verdict
        if verdict is not Verdict.NOT_CHECKED
    ]
    gauges = {
        "uploads_not_checked": now["uploads"]["not_checked"],
        "uploads_not_checked_final": now["uploads"]["not_checked_final"],
        "cases_open": now["cases"]["open"],
        "bank_entries": now["banks"]["entries"],
        "block_lists": now["banks"]["block_lists"],
        "index_ready": int(now["index"]["state"] == IndexState.READY),
        "actions_planned": now["actions"]["planned"],
        "actions_failed": now["actions"]["failed"],
        "paused": int(now["paused"] is not None),
        "memory_bytes": now["machine"]["memory_bytes"],
    }
    for name, value in gauges.items():
        lines += [f"# TYPE hma_console_{name} gauge", f"hma_console_{name} {value}"]
    raised = alarms(await gather(part), now_ms())
    lines += _alarm_gauges(raised, told=caller(request).is_operator)
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def digest(request: Request) -> Response:
    """The last seven days in sentences, as it is sent each week."""
    found = await parts(request).store.read(lambda connection: week(connection, now_ms()))
    return JSONResponse({"until": found.until, "text": found.text})


async def openapi(request: Request) -> Response:
    return JSONResponse(request.app.state.openapi())


async def _status(request: Request) -> shapes.Json:
    """Over TCP counts leave listed banks out: how a count grows tells what is in them."""
    part, told = parts(request), caller(request).is_operator
    now = await part.store.read(totals)
    disk, hma = shutil.disk_usage(part.settings.data_dir), await matching.hma_facts(part)
    return {
        "version": VERSION,
        "state": "ready" if part.matcher.state is IndexState.READY else "starting",
        "started_at": part.started_at,
        "seq": part.store.seq,
        "uploads": {
            "total": sum(now.uploads.values()),
            "matched": now.uploads[Verdict.MATCHED],
            "no_match": now.uploads[Verdict.NO_MATCH],
            "unhashable": now.uploads[Verdict.UNHASHABLE],
            "not_checked": now.waiting_unchecked + now.unchecked_for_good,
            "not_checked_final": now.unchecked_for_good,
            "not_checked_oldest_at": now.oldest_unchecked_at,
            "last_at": now.last_upload_at,
            "days": list(now.upload_days),
        },
        "matches": {"days": list(now.match_days)},
        "cases": {
            "open": now.open_cases,
            "later": now.later_cases,
            "oldest_opened_at": now.oldest_case_at,
            "last_opened_at": now.last_case_at,
            "last_decided_at": now.last_decided_at,
        },
        "banks": {
            "count": now.banks,
            "block_lists": now.block_lists + (hma.banks if hma and hma.hashes and told else 0),
            "entries": now.entries + (hma.hashes if hma else 0) if told else now.own_entries,
            "oldest_update_at": now.oldest_bank_update_at,
        },
        "index": {
            "state": part.matcher.state.value,
            "codes": part.matcher.codes if told else None,
        },
        "matcher": matching.summary(part, told=told),
        "actions": {
            "planned": now.actions_planned,
            "failed": now.actions_failed,
            **_fault(part),
        },
        "undo": undoable(await part.store.read(lambda c: stored.undoable(c, now_ms()))) if told else None,
        "paused": _paused(part, told=told),
        "alarms": await _alarms(part) if told else [],
        "store": {"events": part.store.seq, "bytes": part.settings.store_path.stat().st_size},
        "machine": {
            "disk_used_percent": round(100 * disk.used / disk.total),
            "memory_bytes": resident_bytes(),
        },
        "log": log_shapes.summary(part),
        "pds": await pds.summary(part, told=told),
        "evidence": await _evidence(part, told=told),
        "self_test": self_tests.summary(part, told=told),
        "rematch": await rematching.summary(part, told=told),
        "jobs": [
            shapes.import_running(job) for job in part.banks.imports.values() if told or not job.is_listed
        ],
    }


def _paused(part: Parts, *, told: bool) -> shapes.Json | None:
    """Over TCP without who paused it, and why."""
    paused = part.pause.state
    if paused is None:
        return None
    return {
        "since": paused.since,
        "by": paused.actor if told else "",
        "reason": paused.reason if told else "",
    }


def _fault(part: Parts) -> shapes.Json:
    """Of the outbox that acts on the PDS first, then of the one that tells."""
    troubled = [each for each in (part.outbox, part.tellings) if each and each.fault]
    return {
        "fault": troubled[0].fault if troubled else "",
        "remedy": troubled[0].remedy if troubled else "",
    }


async def _alarms(part: Parts) -> list[shapes.Json]:
    """What is wrong now, the worst first, and whether the operator's webhook was told."""
    told = await part.store.read(told_alarms)
    return [_alarm(alarm, told.get(alarm.kind)) for alarm in alarms(await gather(part), now_ms())]


def _alarm(alarm: Alarm, told: Told | None) -> shapes.Json:
    at, state = (told.at, told.state.value) if told else (None, None)
    return {**asdict(alarm), "told_at": at, "told": state}


def _alarm_gauges(raised: Sequence[Alarm], *, told: bool) -> list[str]:
    """Over TCP without those that would tell what a list holds, or which list a picture is in."""
    levels = {alarm.kind: alarm.level for alarm in raised}
    kinds = [kind for kind in Kind if told or not kind.tells_of_lists]
    return [
        "# TYPE hma_console_alarm gauge",
        *(
            f'hma_console_alarm{{kind="{kind.value}",level="{level.value}"}} {int(levels.get(kind) is level)}'
            for kind in kinds
            for level in Level
        ),
    ]


async def _evidence(part: Parts, *, told: bool) -> shapes.Json:
    """Over TCP without how much it is: that grows with each hit of a listed picture."""
    files, size = await part.store.read(vault_totals)
    return {
        "country": part.settings.operator.country.upper(),
        "keeps": part.evidence.profile is not None,
        "files": files if told else 0,
        "bytes": size if told else 0,
        "fault": part.evidence.fault if told else "",
    }


def resident_bytes() -> int:
    """Memory of this process that lies in RAM, 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * 4096
