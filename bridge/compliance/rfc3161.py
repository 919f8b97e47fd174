"""Time stamps of a third party, RFC 3161: what is sent to the service, and what its answer must say.

Whether the service may be trusted is not judged here: its answer is kept byte for byte, for
`openssl ts -verify` with the service's certificate, years later.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from asn1crypto import cms, core, tsp

from bridge.errors import StampRefused, Unreachable
from bridge.tls import trusted

REQUEST_TYPE = "application/timestamp-query"
ANSWER_TYPE = "application/timestamp-reply"
SECONDS = 30.0
LARGEST_ANSWER = 1 << 16
_GRANTED = ("granted", "granted_with_mods")


@dataclass(frozen=True, slots=True)
class StampRequest:
    """One question; `nonce` ties the answer to it."""

    digest: bytes
    nonce: int

    def __bytes__(self) -> bytes:
        """DER. Asks for the service's certificate, which whoever verifies the answer will need."""
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": self.digest}
        fields = {"version": 1, "message_imprint": imprint, "nonce": self.nonce, "cert_req": True}
        return bytes(tsp.TimeStampReq(fields).dump())


async def ask(url: str, request: StampRequest) -> bytes:
    """The service's answer, not read yet. Raises Unreachable, StampRefused."""
    headers = {"Content-Type": REQUEST_TYPE, "Accept": ANSWER_TYPE}
    answer = bytearray()
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(verify=trusted()) as http,
            http.stream("POST", url, content=bytes(request), headers=headers) as got,
        ):
            if got.status_code != httpx.codes.OK:
                raise StampRefused(f"The time-stamping service answered {got.status_code}.")
            async for piece in got.aiter_bytes():
                answer += piece
                if len(answer) > LARGEST_ANSWER:
                    raise StampRefused("The time-stamping service's answer is too long for a time stamp.")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise Unreachable("The time-stamping service does not answer.") from None
    return bytes(answer)


class _Answer(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2. asn1crypto's own class knows no answer without a token, so no refusal."""

    _fields = [("status", tsp.PKIStatusInfo), ("token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


def digest_of(note: str) -> bytes:
    """SHA-256 of a signed head, exactly as the bundle carries it in a file."""
    return hashlib.sha256(note.encode()).digest()


def read_answer(answer: bytes, request: StampRequest) -> datetime:
    """The time that the answer attests, in UTC. Raises StampRefused where it attests nothing of ours."""
    try:
        parsed = _Answer.load(answer, strict=True)
        status = parsed["status"]["status"].native
        said = parsed["status"]["status_string"].native or []
        if status not in _GRANTED:
            why = f"{status}: {' '.join(said)}" if said else str(status)
            raise StampRefused(f"The time-stamping service refused ({why[:200]}).")
        stamp = parsed["token"]["content"]["encap_content_info"]["content"].parsed
        imprint = stamp["message_imprint"]
        stamped = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        nonce, at = stamp["nonce"].native, stamp["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError):
        raise StampRefused("The time-stamping service's answer is no time stamp.") from None
    if stamped != ("sha256", request.digest) or nonce != request.nonce:
        raise StampRefused("The time-stamping service stamped something else than it was asked to.")
    if not isinstance(at, datetime):
        raise StampRefused("The time-stamping service's stamp names no time.")
    return at.astimezone(UTC)
