"""A list to be connected, from what somebody typed: the same on the screen and in plain mode."""

from __future__ import annotations

from pathlib import Path

from bridge.catalogue import Category, ListKind
from bridge.errors import InputError
from hma_console.list_answers import Asked, NewList, Programme
from hma_console.words import safe


def asked_of(one: Programme) -> list[Asked]:
    """The settings that are asked for."""
    return [each for each in one.settings if not each.is_rare]


def label_of(one: Asked) -> str:
    return safe(one.name.replace("_", " ").capitalize())


def new_list_of(one: Programme, kind: ListKind, typed: list[str]) -> NewList:
    """Of the answers in order: name, settings that are not rare, category where it is asked, bank.

    Raises InputError.
    """
    settings = asked_of(one)
    name, *values = typed
    bank = values.pop()
    category = values.pop().replace(" ", "_").lower() if one.asks_category else ""
    given = dict(zip(settings, values, strict=True))
    if not name:
        raise InputError("A name is missing.")
    if missing := [each for each, value in given.items() if not value and each.usual is None]:
        raise InputError(f"{label_of(missing[0])} is missing.", f"It takes {missing[0].takes}.")
    if category and category not in tuple(Category):
        raise InputError("That category is unknown.")
    wanted = {each.name: _value(each, value) for each, value in given.items() if value}
    return NewList(name, kind, wanted, bank, category)


def _value(one: Asked, typed: str) -> str:
    """A path is the bridge's to read: whole, wherever it works."""
    if one.name == "source" and "://" not in typed:
        return str(Path(typed).expanduser().absolute())
    return typed
