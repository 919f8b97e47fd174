"""Finds traces of secret values in whatever was written: whole or in part, and in every usual writing.

A value is known by any six bytes of it in a row; twelve hexadecimal digits are enough to look up a list.
"""

from __future__ import annotations

import base64
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

WINDOW = 6
_DIGITS = re.compile(rb"[0-9a-fA-F]{%d,}" % (2 * WINDOW))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % (WINDOW // 3 * 4))
_BASE32 = re.compile(rb"[A-Za-z2-7]{16,}")
_ESCAPED = re.compile(rb"\\x([0-9a-fA-F]{2})")
_NUMBERS = re.compile(rb"(?:\d{1,3},\s*){5,}\d{1,3}")


class Traces:
    """What to look for: values under the name by which a failing test calls them."""

    def __init__(self, values: Iterable[tuple[str, bytes]]) -> None:
        self._windows: dict[bytes, str] = {}
        self._decimals: dict[bytes, str] = {}
        for name, value in values:
            self._decimals[str(int.from_bytes(value)).encode()] = name
            for at in range(len(value) - WINDOW + 1):
                self._windows[value[at : at + WINDOW]] = name

    def found(self, written: bytes | str) -> set[str]:
        """The names of the values of which something stands in it; also in the files of a ZIP."""
        data = written.encode("utf-8", "surrogatepass") if isinstance(written, str) else written
        found = {name for decoded in _readings(data) for name in self._raw(decoded)}
        return found | {name for digits, name in self._decimals.items() if digits in data}

    def _raw(self, data: bytes) -> set[str]:
        if len(data) < len(self._windows):
            windows = {data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1)}
            return {self._windows[window] for window in windows & self._windows.keys()}
        return {name for window, name in self._windows.items() if window in data}


def _readings(data: bytes) -> Iterator[bytes]:
    """The bytes as they are, and all that they may be a writing of."""
    yield data
    if b"\\x" in data:
        yield _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), data)
    spaced = re.sub(rb"(?<=[0-9a-fA-F]{2})[:\s-](?=[0-9a-fA-F]{2})", b"", data)
    for text in {data, spaced}:
        for run in _DIGITS.findall(text):
            for at in (0, 1):
                yield bytes.fromhex(run[at : at + (len(run) - at) // 2 * 2].decode())
    for run in _BASE64.findall(data):
        plain = run.replace(b"-", b"+").replace(b"_", b"/")
        yield from (base64.b64decode(plain[at : at + (len(plain) - at) // 4 * 4]) for at in range(4))
    for run in _BASE32.findall(data):
        upper = run.upper()
        yield from (base64.b32decode(upper[at : at + (len(upper) - at) // 8 * 8]) for at in range(8))
    for run in _NUMBERS.findall(data):
        yield bytes(number for number in map(int, re.findall(rb"\d+", run)) if number < 256)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _readings(archive.read(name))


def written_in_store(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, as `table.column` and its bytes. Nothing is said of what was erased."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = store.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, cell in zip(columns, row, strict=True):
                    if cell is not None:
                        yield f"{table}.{column}", cell if isinstance(cell, bytes) else str(cell).encode()


def written_in_files(folder: Path, *, but: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Every file below it by its relative path, but those that begin with one of these."""
    besides = tuple(but)
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith(besides):
            yield name, path.read_bytes()
