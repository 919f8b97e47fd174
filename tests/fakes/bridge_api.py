"""A bridge in memory that answers as `docs/api.md` says, in states a real one is seldom in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.alarms import with_alarms
from tests.fakes.answers import DAY, HOUR, MINUTE, NOW, SECOND, Json, bank, case, hit, status, upload
from tests.fakes.case_desk import CaseDesk
from tests.fakes.hma_desk import FakeHmaDesk
from tests.fakes.lists import FakeLists
from tests.fakes.outbox import FakeOutbox
from tests.fakes.policies import FakePolicy
from tests.fakes.reveals import FakeReveals
from tests.fakes.settings import FakeSettings


@dataclass
class FakeBridge:
    """What the bridge knows; tests change it and tell it to the open streams by `say`."""

    status: Json = field(default_factory=status)
    uploads: list[Json] = field(default_factory=list)
    cases: list[Json] = field(default_factory=list)
    banks: list[Json] = field(default_factory=list)
    log: list[Json] = field(default_factory=list)
    job: Json = field(default_factory=dict)
    """The one check or export of the log, as it stands."""
    asked: list[str] = field(default_factory=list)
    last_event_ids: list[str] = field(default_factory=list)
    received: dict[str, bytes] = field(default_factory=dict)
    reveals: FakeReveals = field(default_factory=FakeReveals)
    policy: FakePolicy = field(default_factory=FakePolicy)
    gate: asyncio.Event | None = None
    """Where set, answers to `/uploads` wait for it: a slow bridge."""
    streams: list[asyncio.Queue[bytes | None]] = field(default_factory=list)

    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    settings: FakeSettings = field(default_factory=FakeSettings)
    lists: FakeLists = field(default_factory=FakeLists)
    hma: FakeHmaDesk = field(default_factory=FakeHmaDesk)

    def __post_init__(self) -> None:
        self.desk = CaseDesk(self)

    def say(self, kind: str, body: Json, seq: int = 0) -> None:
        """Sends an event to everyone who listens."""
        text = f"event: {kind}\nid: {seq or self.status['seq']}\ndata: {json.dumps(body)}\n\n"
        for stream in self.streams:
            stream.put_nowait(text.encode())

    def take(self, *uploads: Json) -> None:
        """Uploads come in: they are stored, counted and told."""
        for one in uploads:
            self.uploads.insert(0, one)
            self.status["seq"] = one["seq"]
            self.status["uploads"]["total"] += 1
            self.say("upload", one, one["seq"])

    def close_streams(self) -> None:
        for stream in self.streams:
            stream.put_nowait(None)

    @property
    def app(self) -> Starlette:
        api = "/api/v1"
        return Starlette(
            routes=[
                Route(f"{api}/status", self._status),
                Route(f"{api}/events", self._events),
                Route(f"{api}/uploads", self._uploads),
                Route(f"{api}/digest", self._digest),
                Route(f"{api}/selftest", self._self_test, methods=["POST"]),
                Route(f"{api}/pause", self._pause, methods=["POST"]),
                Route(f"{api}/resume", self._resume, methods=["POST"]),
                Route(f"{api}/pds/{{what}}", self._pds, methods=["POST"]),
                *self.desk.routes(api),
                *self.lists.routes(api),
                Route(f"{api}/cases", self._open_case, methods=["POST"]),
                *self.reveals.routes(api),
                *self.outbox.routes(api),
                *self.settings.routes(api),
                *self.policy.routes(api, self.banks),
                Route(f"{api}/log/entries", self._log),
                Route(f"{api}/log/check", self._job, methods=["POST"]),
                Route(f"{api}/log/jobs/{{id}}", self._job),
                Route(f"{api}/admin/banks", self._banks, methods=["GET", "POST"]),
                Route(f"{api}/admin/bank/{{name}}", self._bank, methods=["GET", "DELETE"]),
                Route(f"{api}/admin/bank/{{name}}/signal", self._signal, methods=["POST"]),
                Route(f"{api}/admin/bank/{{name}}/import", self._import, methods=["POST"]),
                Route(f"{api}/admin/bank/{{name}}/export", self._export),
                *self.hma.routes(api),
            ]
        )

    async def _status(self, request: Request) -> Response:
        self.asked.append("status")
        return JSONResponse(with_alarms(self.status))

    async def _events(self, request: Request) -> Response:
        self.last_event_ids.append(request.headers.get("last-event-id", ""))
        stream: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.streams.append(stream)

        async def told() -> AsyncIterator[bytes]:
            yield b": here\n\n"
            while (event := await stream.get()) is not None:
                yield event
            self.streams.remove(stream)

        return StreamingResponse(told(), media_type="text/event-stream")

    async def _uploads(self, request: Request) -> Response:
        self.asked.append("uploads")
        if self.gate is not None:
            await self.gate.wait()
        before = int(request.query_params.get("before", 1 << 62))
        limit = int(request.query_params["limit"])
        matters, waits = (request.query_params["only"] == each for each in ("matters", "not_checked"))
        found = [
            one
            for one in self.uploads
            if one["seq"] < before
            and not (matters and one["verdict"] == "no_match")
            and not (waits and not (one["retry_at"] or one["needs_you"]))
            and one["source"] in request.query_params.get("source", one["source"]).split(",")
        ]
        page = found[:limit]
        more = page[-1]["seq"] if len(found) > limit else None
        return JSONResponse({"uploads": page, "next": more})

    async def _pds(self, request: Request) -> Response:
        what = request.path_params["what"]
        self.asked.append(what)
        waits = sum(bool(one["retry_at"] or one["needs_you"]) for one in self.uploads)
        return JSONResponse({"files": waits} if what == "retry" else {"begun_at": NOW}, 202)

    async def _self_test(self, request: Request) -> Response:
        self.status["self_test"] |= {"at": NOW, "passed_at": NOW}
        return JSONResponse(self.status["self_test"])

    async def _digest(self, request: Request) -> Response:
        text = "Checked: 4,110 uploads, matched: 0.\nList own: 12 entries, changed 5 h ago."
        return JSONResponse({"until": NOW, "text": text})

    async def _pause(self, request: Request) -> Response:
        if self.status["paused"]:
            return _error("Conflict", "It is paused already.", "`hma-console resume` ends the pause.", 409)
        self.status["paused"] = {"since": NOW, "by": "user:ana", **await request.json()}
        return JSONResponse({"since": NOW, "actor": "user:ana", "reason": ""})

    async def _resume(self, request: Request) -> Response:
        self.status["paused"] = None
        return JSONResponse({"since": NOW, "actor": "user:ana", "reason": "", "uploads": 3})

    async def _open_case(self, request: Request) -> Response:
        """Knows one account, and is given addresses of others too."""
        asked = await request.json()
        if not asked["subject"].startswith("did:plc:"):
            return JSONResponse({"error": "NotFound", "message": "No account nobody is on this PDS."}, 404)
        self.asked.append(f"{asked['category']} {asked['take_down']}")
        opened = case("hh22hh22hh", 0, hit(), did=asked["subject"], sender="", banks=[])
        self.cases.append(opened | {"closest": None, "file_count": 0})
        told = {"case_id": "hh22hh22hh", "did": asked["subject"], "files": 0, "not_there": 0}
        return JSONResponse({**told, "takes_down": False}, 201)

    async def _log(self, request: Request) -> Response:
        type_ = request.query_params["type"]
        found = [one for one in self.log if one["type"].startswith(type_)]
        return JSONResponse({"entries": found, "next": None})

    async def _job(self, request: Request) -> Response:
        return JSONResponse(self.job, 202 if request.method == "POST" else 200)

    async def _banks(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"banks": self.banks, "hma": self.hma.is_there})
        made = bank(**{"entry_count": 0, "hit_count": 0, **await request.json()})
        self.banks.append(made)
        return JSONResponse(made, 201)

    async def _bank(self, request: Request) -> Response:
        name = request.path_params["name"]
        found = next((one for one in self.banks if one["name"] == name), None)
        if found is None:
            return _error("NotFound", f"There is no bank {name}.", "See 5 Banks.", 404)
        if request.method == "GET":
            return JSONResponse(found)
        self.banks.remove(found)
        return JSONResponse({"success": True})

    async def _signal(self, request: Request) -> Response:
        body = await request.body()
        self.received["signal"] = body
        return JSONResponse({"success": True, "bank": "own", "content_id": 1, "added": 1, "already": 0}, 201)

    async def _import(self, request: Request) -> Response:
        body = await request.body()
        self.received["import"] = body
        lines = body.splitlines()
        return JSONResponse(
            {
                "success": True,
                "bank": request.path_params["name"],
                "lines": len(lines),
                "added": len(lines) - 1,
                "already": 0,
                "bad_count": 1,
                "bad": [{"line": 2, "why": "63 digits, 64 needed"}],
            }
        )

    async def _export(self, request: Request) -> Response:
        return PlainTextResponse("ab" * 32 + "\n")


def _error(code: str, message: str, hint: str, status_code: int) -> Response:
    return JSONResponse({"error": code, "message": message, "hint": hint}, status_code)


def lived_in() -> FakeBridge:
    """A bridge after a normal day: some uploads of every kind, three cases, four banks."""
    weak = hit("StopNCII", 22, "weak, look closer", category="ncii", view="mirrored", quality=52)
    near, same = hit(), hit("own allow", 0, "same picture", role="allow")
    allowed = hit("own", 3, cancelled_by="own allow")
    exact = hit("NCMEC", 0, "the very same bytes", category="child_safety", hash_type="md5", quality=None)
    did = "did:plc:k3vqabcdefghijklm2xa"
    rows = [
        upload(999, 5 * SECOND, claimed_author="mara.example", cid="bafkreihdwdcefgh4q7ea"),
        upload(
            998, 40 * SECOND, "matched", claimed_author="tom.example", matches=[near], case_id="c41mxxyyzz"
        ),
        upload(997, 41 * SECOND, claimed_author="tom.example"),
        upload(995, 3 * MINUTE, "not_checked", claimed_author="lio.example", reason="too many at once"),
        upload(994, 3 * MINUTE, did=did, banks=["own"]),
        upload(993, 9 * MINUTE, "unhashable", claimed_author="lio.example", reason="broken JPEG"),
        upload(992, 14 * MINUTE, source="scan", sender="ana"),
        upload(991, 22 * MINUTE, claimed_author="ana.example", matches=[same, allowed]),
        upload(990, 1 * HOUR, "matched", did=did, matches=[hit("own", 12, "likely copy", view="mirrored")]),
        upload(989, 2 * HOUR, "matched", did=did, matches=[weak], case_id="7k2pxxyyzz"),
        upload(988, 3 * HOUR, claimed_author="evil\u202e[red]gpj.exe\x1b[31m"),
        upload(987, 4 * HOUR, "matched", matches=[exact | {"retroactive": True}], case_id="9fd0xxyyzz"),
    ]
    cases = [
        case("9fd0xxyyzz", 20 * MINUTE, exact, category="child_safety", claimed_author="vx.example"),
        case("7k2pxxyyzz", 2 * HOUR, weak, category="ncii", did=did, file_count=2),
        case("c41mxxyyzz", 1 * DAY, near, claimed_author="tom.example", file_count=40),
    ]
    listed: Json = {"category": "child_safety", "threshold": 31, "hit_count": 0, "updated_at": NOW - 5 * HOUR}
    banks = [
        bank("NCMEC", **listed, entry_count=1181204, on_match="takedown", description="NCMEC industry list"),
        bank(
            "StopNCII", **(listed | {"category": "ncii", "threshold": 20}), entry_count=22310, mode="shadow"
        ),
        bank("own"),
        bank("own allow", role="allow", entry_count=16, hit_count=7, updated_at=NOW - 23 * DAY),
    ]
    return FakeBridge(uploads=rows, cases=cases, banks=banks)
