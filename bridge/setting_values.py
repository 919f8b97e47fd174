"""Values of settings, as they stand in a file, a variable or on the command line."""

from __future__ import annotations

_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def typed(value: object, default: object) -> object:
    """`value` as the type of the setting's default; ValueError says what it takes."""
    if isinstance(default, tuple):
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise ValueError("a list of texts")
    if isinstance(default, str):
        if isinstance(value, str) and value:
            return value
        raise ValueError("a text")
    if isinstance(default, bool):
        flag = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
        if isinstance(flag, bool):
            return flag
        raise ValueError("true or false")
    number = int if isinstance(default, int) else float
    try:
        found = number(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else -1
    except ValueError:
        found = -1
    if found < 0 or (isinstance(value, float) and found != value):
        raise ValueError("a whole number" if number is int else "a number")
    return found


def written(value: object) -> str:
    """As it would be written on the command line."""
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
