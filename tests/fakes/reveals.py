"""The part of the bridge in memory that shows pictures; it writes down what it was asked."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.answers import NOW, Json


@dataclass
class FakeReveals:
    """`refusal` is answered instead of a picture; where `gate` is set, pictures wait for it."""

    allowance: Json = field(
        default_factory=lambda: {
            "left": 8,
            "a_day": 10,
            "pause": "none",
            "pause_until": 0,
            "child_safety": "never",
        }
    )
    asked: list[Json] = field(default_factory=list)
    ended: list[tuple[str, int]] = field(default_factory=list)
    refusal: tuple[int, Json] | None = None
    gate: asyncio.Event | None = None

    def offer_pause(self) -> None:
        self.allowance |= {"pause": "offered", "pause_until": NOW + 600_000}

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/reveals", self._allowance),
            Route(f"{api}/cases/{{id}}/reveal", self._show, methods=["POST"]),
            Route(f"{api}/reveals/{{id}}/end", self._end, methods=["POST"]),
        ]

    async def _allowance(self, request: Request) -> Response:
        return JSONResponse(self.allowance)

    async def _show(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal is not None:
            return JSONResponse(self.refusal[1], self.refusal[0])
        reveal = body["reveal"] or f"reveal-{len(self.asked)}"
        headers = {"X-Reveal": reveal, "X-Reveal-Whole": "no", "X-Reveal-Left-Ms": "15000"}
        file = io.BytesIO()
        mode = "RGB" if body["colour"] else "L"
        Image.new(mode, (body["width"], body["height"]), "gray").save(file, "PNG")
        return Response(file.getvalue(), media_type="image/png", headers=headers)

    async def _end(self, request: Request) -> Response:
        reveal, shown_ms = request.path_params["id"], (await request.json())["shown_ms"]
        self.ended.append((reveal, shown_ms))
        return JSONResponse({"reveal": reveal, "shown_ms": shown_ms})
