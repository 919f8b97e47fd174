"""What is one operator's own: how the console looks, its clock, its keys, how pictures are drawn.

Kept in `console.toml` in the user's configuration folder. What is changed on the Settings screen changes
one line of it; all else in the file, comments too, stays as it was written.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import platformdirs

from bridge.errors import SettingsError

FILE_NAME = "console.toml"
AUTO = "auto"

CHOICES: Mapping[str, tuple[str, ...]] = {
    "look.theme": (AUTO, "dark", "light", "contrast", "ansi", "mono"),
    "look.symbols": (AUTO, "unicode", "ascii"),
    "look.clock": ("local", "utc"),
    "pictures.draw": ("", AUTO, "kitty", "sixel", "blocks", "off"),
}
"""What each takes; an empty `pictures.draw` is the bridge's own setting."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`keys` are the operator's own, by the ids of the bindings."""

    theme: str = AUTO
    symbols: str = AUTO
    clock: str = "local"
    draw: str = ""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def value(self, name: str) -> str:
        return str(getattr(self, name.partition(".")[2]))

    def with_value(self, name: str, value: str) -> Preferences:
        """Raises SettingsError for what it does not take."""
        if value not in CHOICES[name]:
            words = ", ".join(choice for choice in CHOICES[name] if choice)
            raise SettingsError(f"{FILE_NAME}: {name} takes {words}, not {value[:40]!r}.")
        changes: dict[str, str] = {name.partition(".")[2]: value}
        return replace(self, **changes)  # type: ignore[arg-type]  # fields of text, all of them


def file_of_user() -> Path:
    return platformdirs.user_config_path("hma-console") / FILE_NAME


def load(path: Path) -> Preferences:
    """The defaults where there is no file. Raises SettingsError, naming what is wrong."""
    found = Preferences()
    for section, values in _parsed(_read(path)).items():
        if section == "keys":
            found = replace(found, keys=_keys(values))
            continue
        for key, value in values.items() if isinstance(values, Mapping) else ():
            name = f"{section}.{key}"
            if name not in CHOICES:
                raise SettingsError(f"{FILE_NAME}: there is no {name}.", f"There are: {', '.join(CHOICES)}.")
            found = found.with_value(name, str(value))
        if not isinstance(values, Mapping):
            raise SettingsError(f"{FILE_NAME}: {section} stands outside a [section].")
    return found


def keep(path: Path, name: str, value: str) -> None:
    """Writes one value down. Raises SettingsError where the file cannot be read or written."""
    section, _, key = name.partition(".")
    text = with_line(_read(path), section, key, f'{key} = "{value}"' if value else "")
    _parsed(text)
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text)
        os.replace(fresh, path)
    except OSError as error:
        raise SettingsError(f"{FILE_NAME} cannot be written: {error.strerror}.", f"See {path}.") from None


def with_line(text: str, section: str, key: str, line: str) -> str:
    """The TOML with that line in its section, in place of the one that set `key`; without it where empty."""
    lines, at, end = text.splitlines(), "", None
    for number, each in enumerate(lines):
        if head := re.match(r"\s*\[\s*([\w.-]+)\s*\]", each):
            at = head[1]
        if at == section:
            end = number + 1 if each.strip() else end
            if re.match(rf'\s*"?{re.escape(key)}"?\s*=', each):
                lines[number : number + 1] = [line] if line else []
                return "\n".join(lines) + "\n"
    if not line:
        return text
    if end is None:
        lines += [*([""] if lines else []), f"[{section}]", line]
    else:
        lines.insert(end, line)
    return "\n".join(lines) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SettingsError(f"{FILE_NAME} cannot be read: {error.strerror}.", f"See {path}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{FILE_NAME} is not TOML: it is no UTF-8.", f"See {path}.") from None


def _parsed(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not TOML: {error}.") from None


def _keys(values: object) -> Mapping[str, str]:
    if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values.values()):
        raise SettingsError(f'{FILE_NAME}: [keys] takes lines like release = "R".')
    return MappingProxyType({str(name): str(key) for name, key in values.items()})
