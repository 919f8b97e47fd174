"""The tables beside the entries, compared with what the entries say: keys, kept heads, time stamps.

They only save whoever reads the log from searching it; so each of their values stands in an entry.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache

from bridge.compliance.leaf import Leaf
from bridge.compliance.notes import read_vkey
from bridge.compliance.reading import UNREADABLE, Anchor, LogKey, LogReader
from bridge.errors import LogError
from bridge.events import EventType
from bridge.keys.ssh import fingerprint
from bridge.store.database import migrations

_HEARD = (b'"type":"key.', b'"type":"log.anchored"', b'"type":"log.genesis"')
_NEW_KEYS = (EventType.KEY_CREATED, EventType.KEY_ROTATED, EventType.KEY_LOST)
KEPT_FOR = frozenset({"daily", "exported", "anchored", "rotated"})


@dataclass(slots=True)
class SideTables:
    """Hears every entry in order, then says where the tables differ from what it heard."""

    _keys: list[LogKey] = field(default_factory=list)
    _anchors: list[tuple[object, ...]] = field(default_factory=list)
    _origin: str = ""

    def hear(self, idx: int, raw: bytes) -> None:
        """Raises LogError where an entry of those that matter here cannot be read."""
        if not any(each in raw for each in _HEARD):
            return
        try:
            self._take(idx, Leaf.of_bytes(raw))
        except (LogError, KeyError, *UNREADABLE):
            raise LogError(f"Entry {idx} was changed: it is not written as entries are.") from None

    def _take(self, idx: int, leaf: Leaf) -> None:
        if leaf.type == EventType.LOG_BEGUN:
            self._origin = str(leaf.facts["origin"])
        elif leaf.type == EventType.LOG_ANCHORED:
            self._anchors.append(tuple(leaf.facts[name] for name in ("size", "at", "kind", "receipt")))
        elif leaf.type == EventType.KEY_REVOKED:
            self._keys = [
                replace(key, ended_at=key.ended_at or leaf.at, ended_by="revoked")
                if fingerprint(key.public) == leaf.facts["fingerprint"]
                else key
                for key in self._keys
            ]
        elif leaf.type in _NEW_KEYS:
            ended_by = "rotated" if leaf.type == EventType.KEY_ROTATED else "lost"
            self._keys = [
                replace(key, ended_at=leaf.at, ended_by=ended_by)
                if key.ended_at is None and leaf.type != EventType.KEY_CREATED
                else key
                for key in self._keys
            ]
            public = read_vkey(str(leaf.facts["vkey"])).public
            self._keys.append(LogKey(public, idx, leaf.at, None, ""))

    def differences(self, reader: LogReader) -> Iterator[str]:
        """Each in a sentence."""
        if self._origin != reader.head.origin:
            yield "The head is of another log than the first entry says."
        if reader.history() != self._keys:
            yield "The list of the log's keys and the entries do not agree."
        if [_of_entry(anchor) for anchor in reader.anchors()] != self._anchors:
            yield "The time stamps and the entries do not agree."
        if any(kept.why not in KEPT_FOR for kept in reader.kept_checkpoints()):
            yield "The list of kept heads was changed."
        if reader.schema() != _schema():
            yield "The log's tables are not as this program makes them: what guards them was changed."


def _of_entry(anchor: Anchor) -> tuple[object, ...]:
    """The facts that its entry has."""
    receipt = base64.b64encode(hashlib.sha256(anchor.receipt).digest()).decode()
    return anchor.size, anchor.at, anchor.kind, receipt


@cache
def _schema() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in migrations():
            connection.executescript(script)
        return LogReader(connection).schema()
