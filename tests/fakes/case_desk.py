"""The part of the bridge in memory that keeps cases and takes decisions; `hand` is what arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.catalogue import Category
from bridge.decisions import Choice
from bridge.reasons import reasons_for
from tests.fakes.answers import DAY, NOW, SECOND, Json

if TYPE_CHECKING:
    from tests.fakes.bridge_api import FakeBridge

UNDO = 60 * SECOND


@dataclass
class CaseDesk:
    """`details` changes what is told of a case beside its row, by its id; a decision is answered with
    `fault` where there is one.
    """

    bridge: FakeBridge
    details: dict[str, Json] = field(default_factory=dict)
    decisions: list[Json] = field(default_factory=list)
    """The requests that were taken."""
    keys: list[str] = field(default_factory=list)
    """The idempotency key of each request that came."""
    notes: list[str] = field(default_factory=list)
    others: list[Json] = field(default_factory=list)
    banked: list[Json] = field(default_factory=list)
    now: int = NOW
    fault: Json | None = None
    pages: list[tuple[str, int]] = field(default_factory=list)
    _batches: dict[str, list[str]] = field(default_factory=dict)

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/cases", self._cases),
            Route(f"{api}/cases/{{id}}", self._case),
            Route(f"{api}/cases/{{id}}/others", self._others),
            Route(f"{api}/cases/{{id}}/notes", self._note, methods=["POST"]),
            Route(f"{api}/cases/{{id}}/bank", self._bank, methods=["POST"]),
            Route(f"{api}/decisions", self._decide, methods=["POST"]),
            Route(f"{api}/decisions/{{batch}}", self._undo, methods=["DELETE"]),
        ]

    def decide(self, case_id: str, choice: str, actor: str = "user:ana", ago: int = 0) -> str:
        """Somebody decides it, here or at another console; the batch."""
        batch = f"batch{len(self._batches)}"
        self._take([case_id], choice, actor, self.now - ago, batch)
        return batch

    def _take(self, ids: list[str], choice: str, actor: str, at: int, batch: str) -> None:
        for one in self.bridge.cases:
            if one["id"] in ids and choice == Choice.LATER:
                one["later_until"] = at + DAY
            elif one["id"] in ids and choice == Choice.ESCALATE:
                one["escalated_at"] = at
            elif one["id"] in ids:
                one["state"], one["decided_at"] = "decided", at
                one["decided"] = {"batch": batch, "choice": choice, "actor": actor}
        files = sum(one["file_count"] for one in self.bridge.cases if one["id"] in ids)
        self._batches[batch] = ids
        undo: Json = {"batch": batch, "choice": choice, "cases": ids, "files": files, "actor": actor}
        self.bridge.status["undo"] = undo | {"at": at, "until": at + UNDO}
        self._count()
        for one in self.bridge.cases:
            if one["id"] in ids:
                self.bridge.say("case", one, self.bridge.status["seq"] + 1)

    def _count(self) -> None:
        waiting = [one for one in self.bridge.cases if one["state"] == "open"]
        later = [one for one in waiting if one["later_until"] > self.now]
        self.bridge.status["cases"] |= {"open": len(waiting), "later": len(later)}

    async def _cases(self, request: Request) -> Response:
        state = request.query_params["state"]
        offset, limit = int(request.query_params["offset"]), int(request.query_params["limit"])
        self.pages.append((state, offset))
        found = [one for one in self.bridge.cases if self._is_in(one, state)]
        return JSONResponse({"cases": found[offset : offset + limit], "total": len(found)})

    def _is_in(self, one: Json, state: str) -> bool:
        is_open, is_later = one["state"] == "open", bool(one["later_until"] > self.now)
        return {
            "waiting": is_open and not is_later,
            "later": is_open and is_later,
            "decided": not is_open,
        }[state]

    def _found(self, request: Request) -> Json | None:
        wanted = request.path_params["id"]
        return next((one for one in self.bridge.cases if one["id"].startswith(wanted)), None)

    async def _case(self, request: Request) -> Response:
        found = self._found(request)
        if found is None:
            return JSONResponse({"error": "NotFound", "message": "There is no such case."}, 404)
        return JSONResponse(self.detail(found))

    def detail(self, found: Json) -> Json:
        files = [one for one in self.bridge.uploads if one["case_id"] == found["id"]]
        category = Category(found["category"])
        return {
            **found,
            "files": files,
            "facts": facts(waiting=[one["id"] for one in files] if found["state"] == "open" else []),
            "reasons": {
                choice.value: [
                    {"code": one.code, "words": one.words} for one in reasons_for(choice, category)
                ]
                for choice in Choice
            },
            "decisions": [],
            "actions": [],
            "evidence": [],
            "reports": [],
            "handle": "",
            **self.details.get(found["id"], {}),
        }

    async def _decide(self, request: Request) -> Response:
        asked: Json = await request.json()
        self.keys.append(asked["key"])
        if self.fault is not None:
            return JSONResponse(self.fault, 404)
        ids = [one["case"] for one in asked["cases"]]
        for one in self.bridge.cases:
            if one["id"] in ids and one["state"] != "open":
                return JSONResponse(_lost(one, self.now), 409)
        self.decisions.append(asked)
        batch = f"batch{len(self._batches)}"
        left = [one["case"] for one in asked["cases"] if self._leaves_some(one)]
        self._take([one for one in ids if one not in left], asked["choice"], "user:ana", self.now, batch)
        return JSONResponse(
            {
                "batch": batch,
                "choice": asked["choice"],
                "cases": ids,
                "files": sum(len(one["uploads"]) or 1 for one in asked["cases"]),
                "undo_until": self.now + UNDO,
                "kept_down": 0,
                "left": left,
            }
        )

    def _leaves_some(self, asked: Json) -> bool:
        files = [one for one in self.bridge.uploads if one["case_id"] == asked["case"]]
        return bool(asked["uploads"]) and len(asked["uploads"]) < len(files)

    async def _undo(self, request: Request) -> Response:
        batch = request.path_params["batch"]
        ids = self._batches.pop(batch, None)
        if ids is None:
            return JSONResponse({"error": "NotFound", "message": "There is no such decision."}, 404)
        for one in self.bridge.cases:
            if one["id"] in ids:
                one |= {"state": "open", "decided": None, "later_until": 0, "escalated_at": 0}
                self.bridge.say("case", one, self.bridge.status["seq"] + 1)
        self.bridge.status["undo"] = None
        self._count()
        return JSONResponse({"batch": batch, "cases": ids, "told": 0})

    async def _others(self, request: Request) -> Response:
        return JSONResponse({"others": self.others})

    async def _note(self, request: Request) -> Response:
        self.notes.append((await request.json())["text"])
        return JSONResponse({"case_id": request.path_params["id"]}, 201)

    async def _bank(self, request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        self.banked.append(asked)
        return JSONResponse({"bank": asked["bank"], "added": 4, "already": 0}, 201)


def facts(**changes: Any) -> Json:
    """What a case shows beside its matches: nothing is known yet."""
    answer: Json = {
        "wrong": 0,
        "decided": 0,
        "alike": 0,
        "others": 0,
        "uploads": 0,
        "first_at": None,
        "posts": [],
        "waiting": [],
        "notes": [],
        "earlier": [],
    }
    return answer | changes


def _lost(case: Json, now: int) -> Json:
    who, what = case["decided"]["actor"].partition(":")[2], Choice(case["decided"]["choice"]).done
    ago = (now - case["decided_at"]) // SECOND
    message = f"Case {case['id']} was decided by {who} {ago} s ago: {what}."
    return {"error": "CaseDecided", "message": message, "hint": "u undoes it."}
