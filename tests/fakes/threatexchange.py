"""ThreatExchange's /threat_updates and reactions, as its own client and the recorded requests show them.

Updates in the order of their time, tombstones for a while, a cursor that may go stale, errors of the Graph
API's own kind. The address of the next page holds the access token, as the real one's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "1234567890|abcdefghijklmnopqrstuvwxyz0"
GROUP = "1012185296055235"
REACTIONS = ("HELPFUL", "NOT_HELPFUL", "SAW_THIS_TOO", "NON_MALICIOUS", "DISAGREE_WITH_TAGS", "OUTDATED")


def graph_error(code: int, status: int = 400, **headers: str) -> Response:
    """With a message that nobody may repeat: the real one may name what was asked."""
    error = {"message": f"Asked with {TOKEN}", "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return JSONResponse({"error": error}, status, headers)


@dataclass
class FakeThreatExchange:
    """`faults` are the next answers, before it is itself again."""

    updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    now: int = 1_700_000_000
    page_size: int = 100
    faults: list[Response | None] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    reactions: list[tuple[str, str]] = field(default_factory=list)
    generation: int = 0
    """Cursors are good for one of these."""

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(f"/v26.0/{GROUP}/threat_updates/", self._updates),
                Route("/v26.0/{id:int}", self._object, methods=["GET", "POST"]),
                Route("/v26.0/{id:int}/threat_updates/", lambda _: graph_error(100)),
            ]
        )

    @property
    def values(self) -> set[tuple[str, str]]:
        """What a bank should hold of it."""
        kinds = {"HASH_PDQ": "pdq", "HASH_MD5": "md5", "HASH_SHA1": "sha1", "HASH_SHA256": "sha256"}
        return {
            (kinds[each["type"]], each["indicator"])
            for each in self.updates.values()
            if each["type"] in kinds
            and not each["should_delete"]
            and any(one["status"] != "NON_MALICIOUS" for one in each["descriptors"]["data"])
        }

    def put(self, id_: int, value: str, kind: str = "HASH_PDQ", *statuses: str, reacted: str = "") -> None:
        """Someone shares it, or says something else of it."""
        self.now += 1
        self.updates.pop(id_, None)
        reactions = [{"key": reacted, "value": "77"}] if reacted else []
        self.updates[id_] = {
            "id": str(id_),
            "indicator": value,
            "type": kind,
            "last_updated": self.now,
            "should_delete": False,
            "descriptors": {
                "data": [
                    {"id": f"{id_}{n}", "owner": {"id": f"9{n}"}, "status": status, "reactions": reactions}
                    for n, status in enumerate(statuses or ("MALICIOUS",))
                ]
            },
        }

    def delete(self, id_: int) -> None:
        """A tombstone stays."""
        self.now += 1
        kept = self.updates.pop(id_)
        self.updates[id_] = {**kept, "last_updated": self.now, "should_delete": True}
        del self.updates[id_]["descriptors"]

    def hide(self, id_: int) -> None:
        """As the real one does now and then: nothing is deleted, and nobody says anything of it any more."""
        self.delete(id_)
        self.updates[id_]["should_delete"] = False
        self.updates[id_]["descriptors"] = {"data": []}

    async def _updates(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.asked.append(query)
        if query.get("access_token") != TOKEN:
            return graph_error(190)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        if "descriptors{" not in query["fields"] or int(query["limit"]) > 1000:
            return graph_error(100)
        found = [x for x in self.updates.values() if x["last_updated"] >= int(query.get("start_time", 0))]
        at = 0
        if after := query.get("after"):
            generation, _, position = after.partition("-")
            if int(generation) != self.generation:
                return graph_error(100)
            at = int(position)
        end = at + min(int(query["limit"]), self.page_size)
        answer: dict[str, Any] = {"data": found[at:end]}
        if end < len(found):
            cursor = f"{self.generation}-{end}"
            address = f"https://graph.facebook.com/v26.0/{GROUP}/threat_updates/"
            following = urlencode({**query, "after": cursor})
            answer["paging"] = {"cursors": {"after": cursor}, "next": f"{address}?{following}"}
        return JSONResponse(answer)

    async def _object(self, request: Request) -> Response:
        """An indicator with its descriptors, or a reaction to a descriptor."""
        form = await request.form() if request.method == "POST" else request.query_params
        if form.get("access_token") != TOKEN:
            return graph_error(190)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        number = request.path_params["id"]
        if request.method == "GET":
            known = self.updates.get(number)
            if known is None or known["should_delete"]:
                return graph_error(100)
            return JSONResponse({"id": str(number), "descriptors": known["descriptors"]})
        described = {one["id"] for each in self.updates.values() for one in each["descriptors"]["data"]}
        reaction = str(form.get("reactions"))
        if str(number) not in described or reaction not in REACTIONS:
            return graph_error(100)
        self.reactions.append((str(number), reaction))
        return JSONResponse({"success": True})
