"""StopNCII.org's hash API as its own client and the recorded requests show it: pages, tokens, two keys.

A record is never taken away: what is withdrawn stays, with that status and a new time. A page's token is
good until the test says that it is not. It refuses what the real one refuses, in the shape of its gateway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

FETCH, SUBSCRIPTION, FEEDBACK = "fetch-key-1", "subscription-key-2", "feedback-key-3"
SECRET = f"{FETCH},{SUBSCRIPTION},{FEEDBACK}"
LARGEST_PAGE = 1000
FEEDBACKS = ("None", "QualityUnknown", "PendingReview", "Blocked", "NotBlocked", "Withdrawn", "Deleted")


@dataclass
class FakeStopNcii:
    """`faults` are the next answers, before it is itself again; `page_size` is the most it gives at once."""

    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    now: int = 1_625_167_804
    page_size: int = LARGEST_PAGE
    faults: list[Response | None] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    feedbacks: list[Mapping[str, Any]] = field(default_factory=list)
    tokens: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/FetchHashes", self._fetch),
                Route("/v1/SubmitFeedback", self._feedback, methods=["POST"]),
            ]
        )

    @property
    def values(self) -> set[tuple[str, str]]:
        """What a bank should hold of it."""
        kinds = {"ImagePDQ": "pdq", "VideoMD5": "md5"}
        return {
            (kinds[kind], value)
            for (kind, value), record in self.records.items()
            if kind in kinds and record["hashStatus"] in ("Received", "Active")
        }

    def put(self, value: str, kind: str = "ImagePDQ", status: str = "Active", *said: str) -> None:
        """Someone adds it, or something about it changes."""
        self.now += 1
        self.records.pop((kind, value), None)
        self.records[kind, value] = {
            "lastModtimestamp": self.now,
            "hashValue": value,
            "hashStatus": status,
            "caseNumbers": {"27664732-76e1-4a17-8099-455798e67022": status} if status == "Active" else [],
            "signalType": kind,
            "hashRegions": ["UK"],
            "CSPFeedbacks": [{"source": "Another", "feedbackValue": each, "tags": ["Nude"]} for each in said],
        }

    def withdraw(self, value: str, status: str = "Withdrawn") -> None:
        self.put(value, "ImagePDQ", status)

    def forget_tokens(self) -> None:
        """They are good for a while only."""
        self.tokens.clear()

    async def _fetch(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.asked.append(query)
        if (no := self._refusal(request, FETCH)) is not None:
            return no
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        size = int(query["pageSize"])
        if size > LARGEST_PAGE or "startTimestamp" not in query:
            return JSONResponse({"message": "Bad request."}, 400)
        start, at = int(query["startTimestamp"]), 0
        if token := query.get("nextPageToken"):
            if token not in self.tokens:
                return JSONResponse({"message": "The continuation token is not valid."}, 400)
            start, at = self.tokens[token]
        found = [each for each in self.records.values() if each["lastModtimestamp"] >= start]
        end = at + min(size, self.page_size)
        following = f"token-{start}-{end}-{self.now}"
        self.tokens[following] = (start, end)
        return JSONResponse(
            {
                "count": len(found[at:end]),
                "nextSetTimestamp": max((each["lastModtimestamp"] for each in found[:end]), default=start),
                "nextPageToken": following if end < len(found) else None,
                "hasMoreRecords": end < len(found),
                "hashRecords": found[at:end],
            }
        )

    async def _feedback(self, request: Request) -> Response:
        if (no := self._refusal(request, FEEDBACK)) is not None:
            return no
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        body = await request.json()
        given = body["hashFeedbacks"]
        if body["count"] != len(given) or any(each["feedbackValue"] not in FEEDBACKS for each in given):
            return JSONResponse({"message": "Bad request."}, 400)
        self.feedbacks += given
        return JSONResponse({"message": "Accepted."})

    def _refusal(self, request: Request, function: str) -> Response | None:
        """The gateway asks for the subscription first, then the function for its own key."""
        given = request.headers.get("ocp-apim-subscription-key")
        if given != SUBSCRIPTION:
            what = "invalid" if given else "missing"
            message = f"Access denied due to {what} subscription key."
            return JSONResponse({"statusCode": 401, "message": message}, 401)
        if request.headers.get("x-functions-key") != function:
            return Response(status_code=401)
        return None


def truncated(answer: Mapping[str, Any]) -> Response:
    """A page that broke off on its way."""
    return Response(json.dumps(answer)[:-40], media_type="application/json")
