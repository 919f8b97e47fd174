"""PerchPics as a client of the bridge: it uploads each photo, and shows or hides it by what it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum

import httpx

from tests.api.asking import V1, Json, form, in_pieces
from tests.fakes.receiver import Heard, ReceivingServer


class Photo(Enum):
    SHOWN = "shown"
    HIDDEN = "hidden"
    UNCHECKED = "unchecked"


@dataclass(slots=True)
class PerchPics(ReceivingServer):
    """`photos` by their ids. It takes what is signed, at its one address, once under each key."""

    photos: dict[str, Photo] = field(default_factory=dict)
    taken: list[Json] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def post(self, bridge: httpx.AsyncClient, photo_id: str, data: bytes) -> Json:
        """Chunked multipart without a length, the file before the fields, as it sends them."""
        body, headers = form(
            ("image", data, "photo.jpg"),
            ("threshold", b"0.8"),
            ("author_did", b"did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
            ("photo_id", photo_id.encode()),
            ("metadata", json.dumps({"album": "birds"}).encode()),
        )
        answer = await bridge.post(f"{V1}/match", content=in_pieces(body), headers=headers)
        self.photos[photo_id] = _state(answer.json()) if answer.is_success else Photo.UNCHECKED
        return dict(answer.json())

    def take(self, heard: Heard) -> int:
        if heard.path != "/webhooks/hma":
            return 404
        if not heard.is_signed():
            return 401
        if heard.key not in self.keys:
            self.keys.add(heard.key)
            told = heard.json
            assert set(told) == {"photoId", "matchResult", "timestamp"}
            self.taken.append(told)
            self.photos[told["photoId"]] = _state(told["matchResult"])
        return 200


def _state(result: Json) -> Photo:
    return Photo.HIDDEN if result["matched"] else Photo.SHOWN
