"""A hash as a person types it: hexadecimal, with its type before it where its length does not tell."""

from __future__ import annotations

from bridge.errors import BadSignal
from bridge.signals import Signal, SignalType

_BY_DIGITS = {kind.size * 2: kind for kind in (SignalType.PDQ, SignalType.SHA1, SignalType.MD5)}


def typed_hash(text: str) -> Signal:
    """64 digits alone are PDQ, 40 SHA-1, 32 MD5; `sha256:` and the like say it. Raises BadSignal."""
    before, colon, digits = text.strip().rpartition(":")
    try:
        kind = _named(before) if colon else _BY_DIGITS.get(len(digits), SignalType.PDQ)
        return Signal(kind, kind.parse(digits))
    except BadSignal as bad:
        raise BadSignal(f"The hash cannot be read: {bad.message}.") from None


def _named(name: str) -> SignalType:
    try:
        return SignalType(name.strip().lower().replace("-", ""))
    except ValueError:
        raise BadSignal(f"no hash type we know; there are {', '.join(SignalType)}") from None
