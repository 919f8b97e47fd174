"""Canonical JSON (RFC 8785) for the values we write: one value, one sequence of bytes.

Within this profile (ASCII keys, whole numbers below 2^53, no floats) Python's own encoder gives
RFC 8785's bytes, so a verifier needs nothing but the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JSON: TypeAlias = "str | int | bool | Sequence[JSON] | Mapping[str, JSON] | None"

_LARGEST = 2**53 - 1


def canonical(value: JSON) -> bytes:
    """The bytes of `value`. Raises ValueError where it leaves the profile."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _check(value: JSON) -> None:
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError(f"{value} is no number that every JSON reader reads alike")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not key.isascii():
                raise ValueError(f"{key!r} is no ASCII key")
            _check(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner)
    else:
        raise ValueError(f"{type(value).__name__} is not a type of canonical JSON here")
