"""The part of the bridge in memory that knows lists of others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/exchanges", self._all),
            Route(f"{api}/exchanges/{{name}}/sync", self._sync, methods=["POST"]),
        ]

    async def _all(self, request: Request) -> Response:
        return JSONResponse({"exchanges": self.lists, "programmes": []})

    async def _sync(self, request: Request) -> Response:
        [found] = [one for one in self.lists if one["name"] == request.path_params["name"]]
        found.update(state="syncing", changes_read=0, fault="", remedy="")
        return JSONResponse(found, 202)
