"""How messages between servers are signed: HMAC-SHA256 over the time, a dot, and the body. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re

TIMESTAMP = "HMA-Timestamp"
"""The header with the time of signing, in whole seconds since 1970."""
SIGNATURE = "HMA-Signature"
"""The header with `sha256=` and the signature in lower-case hexadecimal."""
WINDOW_SECONDS = 300
"""How far the time of signing may lie from the receiver's own, before and after."""

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The value of the header."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def is_signed(secret: str, timestamp: str, signed: str, body: bytes, now: int) -> bool:
    """Whether the headers are right for this body, at `now`, in seconds. As slow for any signature."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    is_right = hmac.compare_digest(signature(secret, int(timestamp), body).encode(), signed.encode())
    return is_right and abs(now - int(timestamp)) <= WINDOW_SECONDS


def nonce(signed: str) -> bytes:
    """What tells a message from every other one: the signature itself. For a header that `is_signed`."""
    found = _SIGNATURE.fullmatch(signed)
    assert found is not None
    return bytes.fromhex(found[1])
