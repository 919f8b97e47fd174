"""A bridge that keeps evidence, with one case in it, for tests that look at its pictures."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import numpy as np
from PIL import Image

from bridge.keys.passphrases import PassphraseSources
from bridge.runtime import Bridge, running_bridge
from bridge.settings import OperatorSettings, Settings
from tests.api.asking import V1, Json, make_bank
from tests.conftest import HOOKS

SMALL = {"step": 1, "width": 200, "height": 200}
SOURCES = PassphraseSources(command="echo five plain words for tests")


def photo(width: int = 640, height: int = 400, **options: Any) -> bytes:
    """A JPEG of a red left half and a blue right one, finely striped: benign, easy to recognise."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 200
    pixels[:, width // 2 :, 2] = 200
    pixels[::4] //= 2
    random = np.random.default_rng(width).integers(
        0, 40, (-(-height // 20), -(-width // 20), 3), dtype=np.uint8
    )
    pixels += np.kron(random, np.ones((20, 20, 1), np.uint8))[:height, :width]
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, **options)
    return out.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image


@dataclass(frozen=True, slots=True)
class Looking:
    """`http` is an operator on the socket; `case` and `upload` are what was matched."""

    bridge: Bridge
    http: httpx.AsyncClient
    case: str
    upload: str

    async def reveal(self, **body: object) -> httpx.Response:
        asked = {**SMALL, "upload": self.upload, **body}
        return await self.http.post(f"{V1}/cases/{self.case}/reveal", json=asked)

    async def shown(self, **body: object) -> tuple[Image.Image, str]:
        """The picture, and the reveal it belongs to."""
        answer = await self.reveal(**body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["cache-control"] == "no-store"
        return opened(answer.content), answer.headers["x-reveal"]

    async def end(self, reveal: str, shown_ms: int = 1) -> Json:
        answer = await self.http.post(f"{V1}/reveals/{reveal}/end", json={"shown_ms": shown_ms})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def seen(self, **body: object) -> str:
        """One reveal from its beginning to its end."""
        _, reveal = await self.shown(**body)
        await self.end(reveal)
        return reveal

    async def viewed(self) -> list[Json]:
        return list((await self.http.get(f"{V1}/cases/{self.case}")).json()["viewed"])

    async def log(self) -> list[Json]:
        """What the log says of reveals, newest first."""
        query = {"case": self.case, "type": "reveal."}
        return list((await self.http.get(f"{V1}/log/entries", params=query)).json()["entries"])


@asynccontextmanager
async def looking(
    settings: Settings, body: bytes | None = None, *, country: str = "US", **bank: object
) -> AsyncIterator[Looking]:
    """A case with one upload that matched, its bytes in the vault where the country has a profile."""
    body = body or photo()
    async with asking(settings, country) as (bridge, http):
        await make_bank(http, "own", **bank)
        sha256 = hashlib.sha256(body).hexdigest()
        await http.post(f"{V1}/admin/bank/own/signal", json={"sha256": sha256})
        answer = await http.post(f"{V1}/match", content=body)
        assert answer.json()["matched"], answer.text
        yield Looking(bridge, http, answer.json()["case_id"], answer.json()["upload_id"])


@asynccontextmanager
async def asking(settings: Settings, country: str) -> AsyncIterator[tuple[Bridge, httpx.AsyncClient]]:
    """A bridge with open keys, and an operator on its socket."""
    settings = replace(settings, operator=OperatorSettings(country))
    async with running_bridge(settings, SOURCES) as bridge:
        await bridge.parts.keys.open_at_start(may_create=True)
        transport = httpx.AsyncHTTPTransport(uds=str(settings.socket_path), verify=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://bridge", event_hooks=HOOKS, verify=False
        ) as http:
            yield bridge, http
