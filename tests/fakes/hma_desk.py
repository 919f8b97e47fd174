"""What a bridge answers of banks of HMA, for the console: each mirror and pull takes two slices."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class FakeHmaDesk:
    """`asked` is what was asked for, in words."""

    is_there: bool = False
    asked: list[str] = field(default_factory=list)

    def routes(self, api: str) -> list[Route]:
        bank = f"{api}/admin/bank/{{name}}"
        return [
            Route(f"{bank}/switch", self._switch, methods=["PUT"]),
            Route(f"{bank}/mirror", self._mirror, methods=["POST"]),
            Route(f"{bank}/pull", self._pull, methods=["POST"]),
        ]

    async def _switch(self, request: Request) -> Response:
        on = (await request.json())["on"]
        self.asked.append(f"switch {request.path_params['name']} {'on' if on else 'off'}")
        return JSONResponse({"success": True})

    async def _mirror(self, request: Request) -> Response:
        after = (await request.json())["after"]
        self.asked.append(f"mirror {request.path_params['name']} after {after}")
        counts = {"added": 40, "already": 1, "removed": 0, "unheld": 0}
        name = request.path_params["name"]
        more = {"bank": name, "there": name.upper(), "left": 0 if after else 40, "next": after + 41}
        return JSONResponse({**counts, **more, "done": after > 0})

    async def _pull(self, request: Request) -> Response:
        source = (await request.json())["from"]
        self.asked.append(f"pull {source} into {request.path_params['name']}")
        is_done = self.asked.count(self.asked[-1]) > 1
        counts = {"added": 20, "already": 0, "refused": 0, "seen": 50 if is_done else 25, "stored": 60}
        return JSONResponse({"bank": request.path_params["name"], **counts, "done": is_done, "whole": False})
