"""Hash lists as files: text (one hash a line), CSV and JSON, read piece by piece.

A bad line costs that line: it is reported with its number and the rest is kept. What stands in it is
never repeated: it may be a value of a list, misplaced.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Protocol

from bridge.errors import BadSignal, InputError
from bridge.signals import Signal, SignalType
from bridge.uploads import now_ms

LONGEST_LINE = 1 << 16
ENDS_EARLY = "the list ends early, without its closing bracket"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line (counted from 1) that was not read, and why in a few words."""

    line: int
    why: str


@dataclass(slots=True)
class Batch:
    """What some bytes of a list held, each signal with its line."""

    signals: list[tuple[int, Signal]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


class Format(Protocol):
    def read(self, text: str, last: bool) -> Batch:
        """The signals in `text`, the next piece of the file; `last` when nothing follows."""
        ...


class ListReader:
    """Feed it the bytes of a file in pieces of any length; it finds the format by the first of them."""

    def __init__(self) -> None:
        self._undecoded = b""
        self._format: Format | None = None
        self._held = ""

    def feed(self, piece: bytes, *, last: bool = False) -> Batch:
        """Raises InputError where the file is no list at all."""
        data = self._undecoded + piece
        cut = len(data) if last else data.rfind(b"\n") + 1 or _whole_characters(data)
        self._undecoded = data[cut:]
        text = data[:cut].decode("utf-8", "replace").removeprefix("\ufeff")
        if self._format is None:
            self._held += text
            self._format = _format_of(self._held, last)
            if self._format is None:
                return Batch()
            text, self._held = self._held, ""
        return self._format.read(text, last)


def _whole_characters(data: bytes) -> int:
    """Where to cut a piece without a line end, so that no character is split."""
    for back in range(1, min(4, len(data)) + 1):
        if data[-back] >= 0xC0:
            return len(data) - back
    return len(data)


def _format_of(text: str, whole: bool) -> Format | None:
    """The format by the first line of `text`; None where more of it is needed to tell."""
    if text.lstrip()[:1] in ("[", "{"):
        return JsonList()
    header, end, _ = text.partition("\n")
    if not end and not whole and len(text) <= LONGEST_LINE:
        return None
    names = [name.strip().lower() for name in header.replace(";", ",").replace("\t", ",").split(",")]
    if any(name in _VALUE_NAMES or name in _TYPES for name in names):
        return CsvList()
    return TextList()


_TYPES = {signal_type.value: signal_type for signal_type in SignalType}
_VALUE_NAMES = ("hash", "value", "hash_value", "signal_value")
_TYPE_NAMES = ("type", "hash_type", "signal_type", "algorithm")
_BY_DIGITS = {64: SignalType.PDQ, 40: SignalType.SHA1, 32: SignalType.MD5}


def signal_of(text: str, type_name: str = "", quality: str | int | None = None) -> Signal:
    """A hash in hexadecimal; without a type 64 digits are PDQ, 40 SHA-1, 32 MD5. Raises BadSignal."""
    digits = text.strip()
    if ":" in digits and not type_name:
        type_name, digits = digits.split(":", 1)
    if not digits:
        raise BadSignal("empty")
    if type_name:
        signal_type = _TYPES.get(type_name.strip().lower().replace("-", ""))
        if signal_type is None:
            raise BadSignal(f"no hash type we know; there are {', '.join(_TYPES)}")
    else:
        signal_type = _BY_DIGITS.get(len(digits), SignalType.PDQ)
    return Signal(signal_type, signal_type.parse(digits), _quality(quality))


def _quality(given: str | int | None) -> int | None:
    if given is None or given == "":
        return None
    try:
        quality = int(given)
    except ValueError:
        quality = -1
    if not 0 <= quality <= 100:
        raise BadSignal("a quality from 0 to 100 is needed")
    return quality


class _Lines:
    """Cuts text into numbered lines across pieces."""

    def __init__(self) -> None:
        self._rest = ""
        self.number = 0

    def cut(self, text: str, last: bool) -> list[tuple[int, str]]:
        lines = (self._rest + text).split("\n")
        self._rest = "" if last else lines.pop()
        if last and lines and not lines[-1]:
            lines.pop()
        first = self.number + 1
        self.number += len(lines)
        for number, line in enumerate((*lines, self._rest), first):
            if len(line) > LONGEST_LINE:
                raise InputError(f"Line {number} is too long for a hash list.")
        return [(number, line.rstrip("\r")) for number, line in enumerate(lines, first)]


class TextList:
    """One hash a line, `sha256:` before it where its length does not tell; `#` begins a comment."""

    def __init__(self) -> None:
        self._lines = _Lines()

    def read(self, text: str, last: bool) -> Batch:
        batch = Batch()
        for number, line in self._lines.cut(text, last):
            if line.startswith("#"):
                continue
            try:
                batch.signals.append((number, signal_of(line)))
            except BadSignal as bad:
                batch.bad.append(BadLine(number, bad.message))
        return batch


class CsvList:
    """A header names the columns: hash (or pdq, md5, sha1, sha256), and type, quality where there are."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._header: list[str] = []
        self._delimiter = ","

    def read(self, text: str, last: bool) -> Batch:
        batch = Batch()
        for number, line in self._lines.cut(text, last):
            if not self._header:
                self._delimiter = next((mark for mark in ",;\t" if mark in line), ",")
                self._header = [name.lower() for name in self._cells(line)]
                continue
            try:
                row = dict(zip(self._header, self._cells(line), strict=False))
                found = _signals_of_row(row)
                batch.signals.extend((number, signal) for signal in found)
                if not found:
                    batch.bad.append(BadLine(number, "empty"))
            except BadSignal as bad:
                batch.bad.append(BadLine(number, bad.message))
            except csv.Error as error:
                batch.bad.append(BadLine(number, str(error)))
        return batch

    def _cells(self, line: str) -> list[str]:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=self._delimiter), [])]


def _signals_of_row(row: Mapping[str, object]) -> list[Signal]:
    """A row has one hash with its type, or a column a type; all of it is read or none.

    A content as HMA gives it has them under `signals`; a video's MD5 is an MD5 of bytes like any other.
    """
    if isinstance(signals := row.get("signals"), dict):
        if not _is_in_use(row.get("disable_until_ts")):
            raise BadSignal("switched off in HMA")
        row = {"md5" if name == "video_md5" else name: value for name, value in signals.items()}
    values = {name: value for name, value in row.items() if isinstance(value, (str, int))}
    quality = row.get("quality")
    if not isinstance(quality, (str, int, NoneType)) or isinstance(quality, bool):
        raise BadSignal("a quality from 0 to 100 is needed")
    type_name = str(next((values[name] for name in _TYPE_NAMES if values.get(name)), ""))
    found = [signal_of(str(values[name]), type_name, quality) for name in _VALUE_NAMES if values.get(name)]
    found += [
        signal_of(str(values[name]), name, quality if name == SignalType.PDQ else None)
        for name in _TYPES
        if values.get(name)
    ]
    return found


def _is_in_use(disabled_until: object) -> bool:
    """HMA's mark on a content: 0 switches it off for good, 1 leaves it on, else it is off until then."""
    if not isinstance(disabled_until, int):
        return True
    return disabled_until == 1 or 0 < disabled_until * 1000 <= now_ms()


class JsonList:
    """An array of hashes or objects, or one object a line; objects name their fields as CSV does."""

    def __init__(self) -> None:
        self._decoder = json.JSONDecoder()
        self._rest = ""
        self._open = False
        self._line = 1

    def read(self, text: str, last: bool) -> Batch:
        batch = Batch()
        self._rest += text
        at = 0
        while True:
            start = _skip(self._rest, at, " \t\r\n,[]")
            for mark in self._rest[at:start]:
                self._open = mark == "[" or (self._open and mark != "]")
            self._line += self._rest.count("\n", at, start)
            at = start
            if start == len(self._rest):
                break
            try:
                item, end = self._decoder.raw_decode(self._rest, start)
            except (ValueError, RecursionError) as error:
                if last or len(self._rest) - start > LONGEST_LINE:
                    why = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
                    raise InputError(f"Line {self._line} is not JSON: {why}.") from None
                break
            self._take(item, batch)
            self._line += self._rest.count("\n", start, end)
            at = end
        self._rest = self._rest[at:]
        if last and self._open:
            batch.bad.append(BadLine(self._line, ENDS_EARLY))
        return batch

    def _take(self, item: object, batch: Batch) -> None:
        try:
            if isinstance(item, str):
                batch.signals.append((self._line, signal_of(item)))
                return
            found = _signals_of_row(item) if isinstance(item, dict) else []
            batch.signals.extend((self._line, signal) for signal in found)
            if not found:
                batch.bad.append(BadLine(self._line, "neither a hash nor an object with one"))
        except BadSignal as bad:
            batch.bad.append(BadLine(self._line, bad.message))


def _skip(text: str, at: int, marks: str) -> int:
    while at < len(text) and text[at] in marks:
        at += 1
    return at
