"""The part of the bridge in memory that knows actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.answers import HOUR, MINUTE, NOW, SECOND, Json

DID = "did:plc:k3vqabcdefghijklm2xa"


@dataclass
class FakeOutbox:
    """`asked` is what was asked about which action; a test changes `actions`."""

    actions: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/actions", self._list),
            Route(f"{api}/actions/{{id:int}}/{{what}}", self._about, methods=["POST"]),
        ]

    async def _list(self, request: Request) -> Response:
        only = request.query_params.get("only", "all")
        open_ = ("planned", "running")
        found = [
            one
            for one in self.actions
            if only == "all"
            or (only == "open" and one["state"] in open_)
            or (only == "failed" and (one["state"] == "failed" or one["trouble"]))
        ]
        return JSONResponse({"actions": found})

    async def _about(self, request: Request) -> Response:
        what = request.path_params["what"]
        [found] = [one for one in self.actions if one["id"] == request.path_params["id"]]
        self.asked.append(f"{what} {found['id']}")
        found["state"] = {"retry": "planned", "drop": "cancelled", "undo": "cancelled"}[what]
        found["trouble"] = ""
        return JSONResponse(found)


def action(id: int, type: str = "takedown", state: str = "confirmed", **more: Any) -> Json:
    answer: Json = {
        "id": id,
        "type": type,
        "state": state,
        "automatic": False,
        "case_id": "9fd0xxyyzz",
        "upload_id": "u0000987abcdefgh",
        "subject": "blob",
        "did": DID,
        "named": "bafkreihdwdcefgh4q7ea",
        "reason": "decided",
        "planned_at": NOW - 41 * MINUTE,
        "ended_at": None,
        "wait_until": 0,
        "decision": "batch0",
        "attempts": 0,
        "due_at": None,
        "trouble": "",
        "remedy": "",
        "decided_by": "user:ana",
        "decided_at": NOW - 41 * MINUTE,
        "ground": "picture on one of our lists",
        "message": "",
        "receiver": "",
        "tries": [],
    }
    return answer | more


def tried(ago: int, what: str, remedy: str = "") -> Json:
    return {"at": NOW - ago, "what": what, "remedy": remedy}


def evening() -> list[Json]:
    """Actions in all their states, as the bridge lists them."""
    webhook = {"subject": "", "did": "", "message": "decision", "receiver": "key:perchpics"}
    slow = [tried(40 * MINUTE, "The webhook does not answer: ConnectTimeout.")]
    slow += [tried(38 * MINUTE, "The webhook answers with status 502.")]
    slow += [tried(12 * MINUTE, "The webhook redirects, which is not followed.", "Set the new address.")]
    return [
        action(7, "webhook", "failed", **webhook, named="8812", tries=slow[:1] * 10, case_id="c41mxxyyzz"),
        action(6, "takedown", "planned", subject="account", wait_until=NOW + 48 * SECOND, named=""),
        action(5, "takedown", "running", subject="record", named=f"at://{DID}/app.bsky.feed.post/3k"),
        action(
            4,
            "webhook",
            "running",
            **webhook,
            named="8811",
            attempts=3,
            due_at=NOW + 3 * MINUTE,
            trouble="The webhook redirects, which is not followed.",
            remedy="Set the new address.",
            tries=slow,
        ),
        action(3, "takedown", "confirmed", ended_at=NOW - 2 * MINUTE, planned_at=NOW - 3 * MINUTE),
        action(2, "preserve", "confirmed", automatic=True, ended_at=NOW - HOUR, decision="", decided_by=""),
        action(1, "restore", "cancelled", ended_at=NOW - HOUR, case_id="7k2pxxyyzz"),
    ]
