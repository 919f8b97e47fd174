"""An upload as it comes to the gate, what the PDS answers to it, and how the gate refuses it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address

from bridge.atproto.names import LONGEST_DID
from bridge.decoding.media_types import HEAD, PICTURES, media_type
from bridge.errors import BridgeError


class Rejected(BridgeError):
    """The gate refuses an upload: an XRPC error by this name and status. Never says what it matched."""

    def __init__(self, status: int, name: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came: `target` is its path and query as they were written."""

    target: str
    headers: tuple[tuple[str, str], ...]
    body: AsyncIterator[bytes]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def is_plain(self) -> bool:
        """Whether no header, however often it comes, names an encoding that the PDS would decode."""
        named = (value for name, value in self.headers if name.lower() == "content-encoding")
        return all(each.strip().lower() in ("", "identity") for value in named for each in value.split(","))

    @property
    def address(self) -> str:
        """The uploader's, as the host's own proxy says: the last that was added is the one it saw itself."""
        named = [value for name, value in self.headers if name.lower() == "x-forwarded-for"]
        last = named[-1].rpartition(",")[2].strip() if named else ""
        try:
            return str(ip_address(last))
        except ValueError:
            return ""

    @property
    def length(self) -> int | None:
        text = self.header("content-length")
        return int(text) if text.isdecimal() else None


class Body:
    """A body whose first bytes were looked at."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._first: list[bytes] = []
        self.is_picture = False

    async def look(self) -> None:
        """Reads the first bytes, which tell the type."""
        head = b""
        while len(head) < HEAD and (chunk := await anext(self._chunks, None)) is not None:
            self._first.append(chunk)
            head += chunk
        self.is_picture = media_type(head[:HEAD]) in PICTURES

    async def chunks(self) -> AsyncIterator[bytes]:
        for chunk in self._first:
            yield chunk
        async for chunk in self._chunks:
            yield chunk


@dataclass(frozen=True, slots=True)
class Answered:
    """What the PDS answered, to be passed on."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def account_of(authorization: str) -> str:
    """The DID that a token speaks for, as the PDS reads it; empty where it says none. Nothing is verified.

    A service's token is its issuer's, whatever else it claims; the PDS's own tokens have no DID as issuer.
    """
    _, _, token = authorization.strip().partition(" ")
    try:
        encoded = token.split(".")[1]
        decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        claims = json.loads(decoded, parse_int=str)
        named = (claims.get("iss"), claims.get("sub"))
    except (ValueError, IndexError, AttributeError, RecursionError):
        return ""
    dids = (each for each in named if isinstance(each, str) and each.startswith("did:"))
    did = next(dids, "").partition("#")[0]
    return did if len(did) <= LONGEST_DID else ""


def cid_in(body: bytes) -> str:
    """The CID that the PDS answered with."""
    try:
        return str(json.loads(body)["blob"]["ref"]["$link"])
    except (ValueError, KeyError, TypeError):
        return ""
