"""The part of the bridge in memory that knows its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.changeable import CHANGEABLE
from tests.fakes.answers import Json


def setting(name: str, value: str, **more: Any) -> Json:
    takes = CHANGEABLE.get(name)
    answer: Json = {
        "name": name,
        "value": value,
        "source": "default",
        "place": "",
        "started_with": value,
        "can_change": takes is not None,
        "takes": takes.words if takes else "",
        "choices": list(takes.choices) if takes else [],
    }
    return answer | more


def usual() -> list[Json]:
    line = {"source": "file", "place": "config.toml, line 4"}
    return [
        setting("bridge.port", "3001"),
        setting("deciding.undo_seconds", "60"),
        setting("deciding.later_hours", "24"),
        setting("pictures.draw", "auto"),
        setting("pictures.reveals_a_day", "10"),
        setting("pictures.child_safety", "never"),
        setting("pds.url", "https://pds.example.org", **line),
        setting("gate.mode", "hold", source="environment", place="HMA_CONSOLE_GATE_MODE"),
        setting("webhooks.url", "https://hooks.example.org/T0/secret", source="command line"),
        setting("alarms.quiet", "22:00-07:00"),
        setting("limits.threads", "2"),
    ]


@dataclass
class FakeSettings:
    rows: list[Json] = field(default_factory=usual)

    def routes(self, api: str) -> list[Route]:
        return [
            Route(f"{api}/settings", self._list),
            Route(f"{api}/settings/{{name}}", self._change, methods=["PUT", "DELETE"]),
        ]

    async def _list(self, request: Request) -> Response:
        return JSONResponse({"settings": self.rows})

    async def _change(self, request: Request) -> Response:
        [row] = [one for one in self.rows if one["name"] == request.path_params["name"]]
        if request.method == "DELETE":
            row |= {"value": row["started_with"], "source": "default", "place": ""}
            return JSONResponse(row)
        value = str((await request.json())["value"])
        if not CHANGEABLE[row["name"]].fits(value):
            words = f"{row['name']} takes {row['takes']}, not '{value}'."
            return JSONResponse({"error": "InputError", "message": words, "hint": ""}, 400)
        row |= {"value": value, "source": "here", "place": "user:ana"}
        return JSONResponse(row)
