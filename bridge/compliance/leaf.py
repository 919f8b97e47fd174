"""Leaves: the exact bytes of the log's entries, without personal data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bridge.compliance.canonical import canonical
from bridge.errors import LogError

VERSION = 1
LARGEST_LEAF = 4096
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry. `at` is a claim (milliseconds since 1970, UTC): the order is by index.

    `inst` is a random id of the process that wrote it; two hosts that continue one backup differ
    in it. `case_prev` is the hash of the case's previous entry in base64, empty for its first.
    """

    type: str
    at: int
    inst: str
    actor: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    commitments: Mapping[str, str] = field(default_factory=dict)
    case_id: str = ""
    case_seq: int = 0
    case_prev: str = ""

    def __bytes__(self) -> bytes:
        leaf: dict[str, Any] = {
            "v": VERSION,
            "type": self.type,
            "ts": time_text(self.at),
            "inst": self.inst,
            "actor": self.actor,
            "d": dict(self.facts),
        }
        if self.commitments:
            leaf["c"] = dict(self.commitments)
        if self.case_id:
            leaf["case"], leaf["case_seq"] = self.case_id, self.case_seq
            if self.case_prev:
                leaf["case_prev"] = self.case_prev
        encoded = canonical(leaf)
        if len(encoded) > LARGEST_LEAF:
            raise ValueError(f"a leaf of {len(encoded)} bytes is larger than {LARGEST_LEAF}")
        return encoded

    @classmethod
    def of_bytes(cls, leaf: bytes) -> Leaf:
        """Raises LogError where these are not the bytes of a leaf."""
        try:
            read = json.loads(leaf)
            return cls(
                type=read["type"],
                at=_milliseconds(read["ts"]),
                inst=read["inst"],
                actor=read["actor"],
                facts=read["d"],
                commitments=read.get("c", {}),
                case_id=read.get("case", ""),
                case_seq=read.get("case_seq", 0),
                case_prev=read.get("case_prev", ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise LogError("An entry of the log is not written as entries are.") from None


def time_text(at: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z"


def _milliseconds(text: str) -> int:
    if len(text) != len("2026-11-24T13:00:00.123Z") or not text.endswith("Z"):
        raise ValueError("not a time of an entry")
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
