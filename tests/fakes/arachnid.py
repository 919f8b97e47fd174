"""Arachnid Shield's look-up by PDQ as its own client shows it: Basic auth, base64, an answer for each."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

USER, PASSWORD = "host", "pass:word with a colon"
SECRET = f"{USER}:{PASSWORD}"
NEAR = 31


@dataclass
class FakeArachnid:
    """`known` are its hashes, each with its class; `faults` are the next answers."""

    known: dict[bytes, str] = field(default_factory=dict)
    faults: list[Response] = field(default_factory=list)
    asked: list[list[bytes]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/pdq/", self._scan, methods=["POST"])])

    async def _scan(self, request: Request) -> Response:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            say = "Please supply your API username and password in the Authorization header"
            return JSONResponse({"detail": say}, 401)
        if base64.b64decode(given).decode() != SECRET:
            return JSONResponse({"detail": "Invalid username/password."}, 401)
        self.bodies.append(await request.body())
        if self.faults:
            return self.faults.pop(0)
        hashes = (await request.json())["hashes"]
        try:
            values = [base64.b64decode(one, validate=True) for one in hashes]
        except binascii.Error:
            return JSONResponse({"detail": "Not base64."}, 400)
        if not values or any(len(value) != 32 for value in values):
            return JSONResponse({"detail": "A PDQ hash has 256 bits."}, 400)
        self.asked.append(values)
        said = dict(zip(hashes, (self._said(value) for value in values), strict=True))
        return JSONResponse({"scanned_hashes": said})

    def _said(self, value: bytes) -> dict[str, Any]:
        for known, kind in self.known.items():
            if (int.from_bytes(known) ^ int.from_bytes(value)).bit_count() <= NEAR:
                details = {
                    "timestamp": 0.0,
                    "sha1_base32": "TTY4MGOMVNR5KI2ZZ62EMYDZALUTBOHN",
                    "sha256_hex": known.hex().upper(),
                    "classification": kind,
                }
                return {"classification": kind, "match_type": "near", "near_match_details": [details]}
        return {"classification": "no-known-match", "match_type": None, "near_match_details": None}
