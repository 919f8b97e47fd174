"""TOML that a person wrote, read value by value; what is wrong is said with its line and its remedy.

`tomllib` tells no lines. A value's line is where the shortest beginning of the text ends that has it:
slow, and only done for the one fault that is told.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import TypeVar

from bridge.errors import BadPolicy

Path = tuple[str | int, ...]
V = TypeVar("V")

LONGEST = 64 << 10


class Document:
    """A whole TOML text; `name` is what its faults call it."""

    def __init__(self, name: str, text: str) -> None:
        """Raises BadPolicy where it is no TOML, or too long."""
        self._name = name
        self._lines = text.splitlines()
        if len(text) > LONGEST:
            raise BadPolicy(f"{name} is longer than {LONGEST >> 10} kB.", "Leave out what is as the preset.")
        try:
            self.root = Table(self, (), tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            words, line = _of_syntax(str(error), len(self._lines))
            raise BadPolicy(f"{name} line {line}: {words}.", "Correct it; it has to be TOML.") from None
        except RecursionError:
            raise BadPolicy(f"{name} is nested too deep.", "Write it as in docs/policy.md.") from None

    def fault(self, path: Path, words: str, remedy: str) -> BadPolicy:
        return BadPolicy(f"{self._name} line {self._line_of(path)}: {words}.", remedy)

    def _line_of(self, path: Path) -> int:
        """The line on which the value at `path` begins, from 1.

        What a beginning of the text has, every longer one has too: so halving finds the shortest.
        """
        low, high = 0, len(self._lines)  # lines[:low] lacks it, lines[:high] has it
        while high - low > 1:
            middle = (low + high) // 2
            if self._has(path, middle):
                high = middle
            else:
                low = middle
        while high > 1 and self._beginning(high - 1) is None:  # it has several lines
            high -= 1
        return high

    def _has(self, path: Path, lines: int) -> bool:
        """Whether the longest readable part of the first `lines` has a value there."""
        for number in range(lines, -1, -1):
            if (value := self._beginning(number)) is not None:
                return _at(value, path)
        return False

    def _beginning(self, lines: int) -> object:
        try:
            return tomllib.loads("\n".join(self._lines[:lines]))
        except tomllib.TOMLDecodeError:
            return None


class Table:
    """One table of a document. Every reader raises BadPolicy for a value that may not stand there."""

    def __init__(self, document: Document, path: Path, values: Mapping[str, object]) -> None:
        self._document = document
        self._path = path
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> Collection[str]:
        return self._values.keys()

    def knows(self, names: Collection[str]) -> None:
        """Refuses every other name."""
        for name in self._values:
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                remedy = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(names)}."
                raise self.fault(name, f"{name[:40]} is unknown here", remedy)

    def whole(self, name: str, low: int, high: int) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            remedy = f"Write a number from {low} to {high}."
            raise self.fault(name, f"{name} takes {low} to {high}, not {_shown(value)}", remedy)
        return value

    def word(self, name: str, words: Mapping[str, V]) -> V | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or value not in words:
            quoted = ", ".join(f'"{word}"' for word in words)
            remedy = f"Write one of: {quoted}."
            raise self.fault(name, f"{name} takes no {_shown(value)}", remedy)
        return words[value]

    def words(self, name: str, words: Mapping[str, V]) -> tuple[V, ...]:
        value = self._values.get(name, [])
        known = isinstance(value, list) and all(isinstance(one, str) and one in words for one in value)
        if not isinstance(value, list) or not known:
            remedy = f"Write a list of some of: {', '.join(words)}."
            raise self.fault(name, f"{name} takes no {_shown(value)}", remedy)
        return tuple(words[one] for one in value)

    def flag(self, name: str) -> bool | None:
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise self.fault(name, f"{name} takes no {_shown(value)}", "Write true or false.")

    def text(self, name: str, form: re.Pattern[str], remedy: str) -> str:
        value = self._values.get(name)
        if value is None:
            raise self.fault(None, f"{name} is missing", remedy)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise self.fault(name, f"{name} takes no {_shown(value)}", remedy)
        return value

    def table(self, name: str) -> Table:
        """An empty one where there is none."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise self.fault(name, f"{name} is a table", f"Write [{name}], and its values below.")
        return Table(self._document, (*self._path, name), value)

    def tables(self, name: str) -> Iterator[Table]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.fault(name, f"{name} is a list of tables", f"Write [[{name}]] before each.")
        for number, one in enumerate(value):
            yield Table(self._document, (*self._path, name, number), one)

    def fault(self, name: str | None, words: str, remedy: str) -> BadPolicy:
        """About the value of that name, or about the table itself."""
        return self._document.fault(self._path if name is None else (*self._path, name), words, remedy)


def _at(value: object, path: Path) -> bool:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return False
    return True


def _of_syntax(said: str, lines: int) -> tuple[str, int]:
    """What tomllib said and where; at the end of the document it names no line."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", said)
    line = int(found[1]) if found and found[1] else max(1, lines)
    words = said[: found.start()] if found else said
    return words[:1].lower() + words[1:], line


def _shown(value: object) -> str:
    return (f'"{value}"' if isinstance(value, str) else str(value).lower())[:40]
