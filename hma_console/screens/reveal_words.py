"""What the last rows say while a picture shows."""

from __future__ import annotations

from rich.text import Text

from hma_console.themes import Look, Meaning

STEPS = ("blurred", "half", "slight", "clear")
_KEYS = (("v", "keep"), ("+", "sharper"), ("-", "softer"), ("m", "larger"), ("g", "colour"))


def lines(look: Look, sharpest: int, shown_ms: int | None) -> tuple[Text, ...]:
    """`shown_ms` is None while the picture is on its way."""
    keys = Text(" ", end="", no_wrap=True)
    for key, words in _KEYS:
        keys = keys + look.say(key, Meaning.STRONG) + look.say(f" {words}   ")
    said = "Reading…"
    if shown_ms is not None:
        said = f"This goes into the log: you, {STEPS[sharpest - 1]}, {shown_ms // 1000} s."
    hides = " Any other key hides the picture and does nothing else."
    return look.say(f" {said}"), keys, look.say(hides)
