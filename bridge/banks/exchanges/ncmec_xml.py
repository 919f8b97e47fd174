"""NCMEC's answers: XML read as a stream of events, without document types, entities or unbounded parts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from xml.parsers import expat

from bridge.banks.exchanges.exchange import Drop, Put
from bridge.errors import BadSignal, ExchangeError
from bridge.signals import Signal, SignalType

CLASSIFICATIONS = ("A1", "A2", "B1", "B2")
DEEPEST = 16
LONGEST_TEXT = 1 << 20
"""Some fingerprints of videos are that long; what is longer is no part of a listing."""
MOST_ENTRIES = 50_000

_ENTRIES = ("image", "video")
_DELETED = ("deletedImage", "deletedVideo")
_TYPES = {"md5": SignalType.MD5, "sha1": SignalType.SHA1, "pdq": SignalType.PDQ}
_NOT_WHOLE = "NCMEC answers with something else than its XML, or only with a part of it."


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of entries; `following` is where the next one is, empty on the last of a range."""

    changes: Sequence[Put | Drop] = field(repr=False)
    unread: int
    following: str


def read_listing(body: bytes) -> Listing:
    """Raises ExchangeError, which repeats nothing of what was sent."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise ExchangeError(_NOT_WHOLE) from None
    if reader.root != "queryResult":
        raise ExchangeError(_NOT_WHOLE)
    return Listing(reader.changes, reader.unread, reader.following.strip())


def _refuse(*_: object) -> None:
    raise ExchangeError("NCMEC's answer has a document type, which a listing never has.")


class _Reader:
    """Gathers one entry at a time. Of an entry only its own parts count: its feedback names members, too."""

    def __init__(self) -> None:
        self.root = ""
        self.changes: list[Put | Drop] = []
        self.unread = 0
        self.following = ""
        self._open: list[str] = []
        self._entry_depth = 0
        self._parts: dict[str, str] = {}
        self._signals: list[Signal] = []
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self._open.append(name)
        self._text = ""
        depth = len(self._open)
        if depth == 1:
            self.root = name
        if depth > DEEPEST or len(self.changes) > MOST_ENTRIES:
            raise ExchangeError("NCMEC's answer is larger than any page of a listing.")
        if not self._entry_depth and name in (*_ENTRIES, *_DELETED):
            self._entry_depth, self._parts, self._signals = depth, {}, []
        elif name == "member" and depth == self._entry_depth + 1:
            self._parts["member"] = attributes.get("id", "")

    def text(self, data: str) -> None:
        if len(self._text) + len(data) > LONGEST_TEXT:
            raise ExchangeError("NCMEC's answer has a part that is longer than any fingerprint.")
        self._text += data

    def end(self, name: str) -> None:
        name, depth, text = self._open.pop(), len(self._open), self._text.strip()
        self._text = ""
        if depth == self._entry_depth and name in ("id", "classification"):
            self._parts[name] = text
        elif depth == self._entry_depth + 1 and self._open[-1] == "fingerprints" and name in _TYPES:
            self._take(_TYPES[name], text)
        elif name == "next" and self._open[-1:] == ["paging"]:
            self.following = text
        elif self._entry_depth and depth == self._entry_depth - 1:
            self._entry_depth = 0
            self._finish(name)

    def _take(self, signal_type: SignalType, digits: str) -> None:
        with suppress(BadSignal):  # counted where nothing else of the entry can be read
            self._signals.append(Signal(signal_type, signal_type.parse(digits)))

    def _finish(self, name: str) -> None:
        member, id_ = self._parts.get("member", ""), self._parts.get("id", "")
        if not member or not id_ or len(member) + len(id_) > 200:
            raise ExchangeError(_NOT_WHOLE)
        key = f"{member}-{id_}"
        if name in _DELETED:
            self.changes.append(Drop(key))
            return
        label = self._parts.get("classification", "")
        self.unread += not self._signals
        self.changes.append(Put(key, tuple(self._signals), label if label in CLASSIFICATIONS else ""))
