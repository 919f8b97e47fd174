"""Where a setting comes from: a default, a line of a file, a variable, the command line, or an operator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"
    HERE = "here"
    """Changed while the bridge runs; stands above all others."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`place` is `config.toml, line 3`, the variable's name, or empty."""

    source: Source
    place: str = ""


DEFAULT = Origin(Source.DEFAULT)


def line_of(text: str, section: str, key: str) -> int | None:
    """The line, from 1, at which `[section]` of a TOML text sets `key`; None where it says it otherwise."""
    at = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            at = head[1]
        elif at == section and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return number
    return None
