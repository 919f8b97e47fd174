"""The part of the bridge in memory that knows lists of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.banks.exchanges.kinds import KINDS
from bridge.banks.exchanges.programmes import PROGRAMMES, Programme
from tests.fakes.answers import DAY, HOUR, MINUTE, NOW, Json


def listed(name: str, kind: str, state: str = "current", **more: Any) -> Json:
    answer: Json = {
        "name": name,
        "kind": kind,
        "bank": name,
        "settings": {},
        "state": state,
        "entries": 22_310,
        "unread": 0,
        "changes_read": 214,
        "connected_at": NOW - 30 * DAY,
        "tried_at": NOW - 5 * HOUR,
        "succeeded_at": NOW - 5 * HOUR,
        "due_at": NOW + 40 * MINUTE,
        "fault": "",
        "remedy": "",
    }
    return answer | more


@dataclass
class FakeLists:
    """A list that is read at once says `syncing` until the test says otherwise."""

    lists: list[Json] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    shield: Json | None = None
    """How Arachnid Shield is, where it is asked."""
    connected: list[Json] = field(default_factory=list)
    """What was sent to connect lists."""

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/exchanges", self._all),
            Route(f"{api}/exchanges", self._connect, methods=["POST"]),
            Route(f"{api}/exchanges/{{name}}", self._remove, methods=["DELETE"]),
            Route(f"{api}/exchanges/{{name}}/sync", self._sync, methods=["POST"]),
        ]

    async def _all(self, request: Request) -> Response:
        programmes = [self._programme(one) for one in PROGRAMMES]
        return JSONResponse({"exchanges": self.lists, "programmes": programmes})

    def _programme(self, one: Programme) -> Json:
        kind = KINDS.get(one.kind) if one.kind else None
        answer: Json = {
            name: getattr(one, name) for name in ("name", "title", "holds", "who", "send", "takes", "kind")
        }
        return answer | {
            "secret": one.secret,
            "secret_is_set": one.secret in self.secrets,
            "lists": [each["name"] for each in self.lists if each["kind"] == one.kind],
            "settings": [
                {"name": name, "takes": each.hint, "usual": each.usual, "is_rare": each.is_rare}
                for name, each in (kind.settings.items() if kind else ())
            ],
            "asks_category": kind is not None and kind.asks_category,
            "shield": self.shield if one.name == "arachnid" else None,
        }

    async def _connect(self, request: Request) -> Response:
        wanted = await request.json()
        if any(each["name"] == wanted["name"] for each in self.lists):
            message = f"A list named {wanted['name']} is connected already."
            return JSONResponse({"error": "Conflict", "message": message}, 409)
        self.connected.append(wanted)
        bank = wanted.get("bank", wanted["name"])
        self.lists.append(listed(wanted["name"], wanted["kind"], "syncing", bank=bank, changes_read=0))
        return JSONResponse(self.lists[-1], 201)

    async def _remove(self, request: Request) -> Response:
        self.lists[:] = [one for one in self.lists if one["name"] != request.path_params["name"]]
        return JSONResponse({"success": True})

    async def _sync(self, request: Request) -> Response:
        [found] = [one for one in self.lists if one["name"] == request.path_params["name"]]
        found.update(state="syncing", changes_read=0, fault="", remedy="")
        return JSONResponse(found, 202)
