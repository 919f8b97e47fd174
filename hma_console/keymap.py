"""The operator's own keys: checked at start, by name, so that no key does two things on one screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from textual.binding import Binding
from textual.keys import Keys, _character_to_key

from bridge.errors import SettingsError
from hma_console import keys
from hma_console.preferences import FILE_NAME

_OWNED = frozenset(f"ctrl+{letter}" for letter in "abchimqz")
"""Terminals, tmux and fields know these as something else."""
_NAMED = frozenset(key.value for key in Keys if "+" not in key.value and not key.value.startswith("<"))


def keymap_of(wanted: Mapping[str, str]) -> Mapping[str, str]:
    """Keys by the ids of their bindings, as Textual takes them.

    Raises SettingsError for an id that no screen has, for what is no key, and where two ids of one screen
    were on one key.
    """
    known = {one.id: one for scope in keys.SCOPES.values() for one in scope if one.id}
    for name, key in wanted.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else "docs/console.md lists them."
            raise SettingsError(f'{FILE_NAME}: there is no key named "{name[:40]}".', hint)
        if not _is_key(key):
            raise SettingsError(
                f'{FILE_NAME}: "{key[:20]}" is no key for {name}.', 'Write one like "R", "ctrl+t" or "space".'
            )
    normal = {name: _character_to_key(key) if len(key) == 1 else key for name, key in wanted.items()}
    for scope in keys.SCOPES.values():
        _check(scope, normal)
    return normal


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable() and key not in ", "
    return key in _NAMED or (re.fullmatch(r"ctrl\+[a-z]", key) is not None and key not in _OWNED)


def _check(scope: list[Binding], keymap: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for one in scope:
        name = one.id or ""
        for key in keymap.get(name, one.key).split(","):
            if taken.setdefault(key, name) != name:
                raise SettingsError(
                    f'{FILE_NAME}: "{taken[key]}" and "{name}" are both on the key {keys.shown(key)}.',
                    "Give one of them another under [keys].",
                )
