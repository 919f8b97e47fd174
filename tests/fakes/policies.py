"""The part of the bridge in memory that has a policy: a rule for each bank, and one past for all tries."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.answers import DAY, NOW, Json

DISTANCES = [310, 90, 40, 22, 100, 30, 20, 12, 35, 20, 14, 8, 20, 12, 8, 6]
DISTANCES += [18, 12, 9, 4, 22, 20, 35, 42, 60, 80, 110, 130, 160, 190, 220, 255]


@dataclass
class FakePolicy:
    """Tries below 31 would have released seven of nine cases. `gate` is how far the gate goes."""

    versions: list[Json] = field(default_factory=list)
    gate: str | None = "hold"
    asked: list[Json] = field(default_factory=list)
    refusal: tuple[int, Json] | None = None

    def put(self, **before: object) -> None:
        version = {"version": len(self.versions) + 1, "at": NOW - 24 * DAY, "actor": "ana", "digest": ""}
        self.versions.append(version | {"before": before})

    def routes(self, api: str, banks: list[Json]) -> list[Route]:
        def rule(bank: Json) -> Json:
            held = "hold" if bank["category"] == "child_safety" else "block"
            more = {"id": 1, "gate": held, "automatic_distance": 10, "automatic_quality": 80}
            return {**own(bank), **more, "tell": True, "report": held == "hold"}

        def shown() -> Response:
            brakes = {
                "automatic_a_day": 200,
                "automatic_an_hour": 10,
                "entry_an_hour": 20,
                "account_an_hour": 20,
            }
            newest = {k: v for k, v in self.versions[-1].items() if k != "before"} if self.versions else None
            rules = [rule(bank) for bank in banks]
            told = {"newest": newest, "text": "", "rules": rules, "brakes": brakes, "today": 0, "reasons": []}
            return JSONResponse({**told, "gate": self.gate})

        async def show(request: Request) -> Response:
            return shown()

        async def change(request: Request) -> Response:
            if self.refusal:
                status, body = self.refusal
                return JSONResponse(body, status)
            name, changes = request.path_params["name"], await request.json()
            self.asked.append({"bank": name, **changes})
            bank = next(one for one in banks if one["name"] == name)
            self.put(bank=name, **{key: bank[key] for key in changes})
            bank |= changes
            return shown()

        async def undo(request: Request) -> Response:
            before = dict(self.versions[-1]["before"])
            name = before.pop("bank")
            bank = next(one for one in banks if one["name"] == name)
            self.put(bank=name, **{key: bank[key] for key in before})
            bank |= before
            return shown()

        async def simulate(request: Request) -> Response:
            asked = await request.json()
            name = asked.pop("bank")
            bank = next((one for one in banks if one["name"] == name), None)
            if bank is None:
                said = {"error": "NotFound", "message": f"There is no bank {name}.", "hint": "See 5 Banks."}
                return JSONResponse(said, 404)
            narrows = asked.get("threshold", bank["threshold"]) < bank["threshold"]
            after = own(bank) | asked
            return JSONResponse(
                {
                    "before": own(bank),
                    "after": {key: after[key] for key in own(bank)},
                    "days": 90,
                    "uploads": 2114,
                    "distances": DISTANCES,
                    "decided": 9,
                    "taken_down": 2,
                    "released": 7 if narrows else 0,
                    "missed": 0,
                    "waiting": ["7k2pxxyyzz"] if narrows else [],
                }
            )

        return [
            Route(f"{api}/policy", show),
            Route(f"{api}/policy/simulation", simulate, methods=["POST"]),
            Route(f"{api}/policy/undo", undo, methods=["POST"]),
            Route(f"{api}/policy/banks/{{name}}", change, methods=["PUT"]),
        ]


def own(bank: Json) -> Json:
    names = ("category", "role", "threshold", "mode", "on_match")
    return {"bank": bank["name"], **{name: bank[name] for name in names}}
