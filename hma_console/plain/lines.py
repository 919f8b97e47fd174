"""Sentences as lines: words where screens have symbols, at most 80 columns, broken between words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells

from hma_console.words import safe

WIDTH = 80
LONGEST_SENTENCE = 14
"""Words; what is longer is lost on whoever listens."""
_SPOKEN = str.maketrans({"·": ",", "…": "...", "×": " by ", "█": "", "░": "", "→": "to", "≤": "at most"})


def spoken(text: str) -> str:
    """The text as a voice can read it: symbols as words or not at all, strangers' letters made safe."""
    return " ".join(safe(text.replace(" · ", ", ").translate(_SPOKEN)).split())


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Lines of at most `width` cells; only a word longer than a line is cut."""
    lines: list[str] = []
    for word in spoken(text).split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) or [""]
    return lines


def told(subject: str, parts: Iterable[str], colon: str = ":") -> str:
    """`subject: part, part.`, and anew with the subject where a sentence would grow too long.

    A subject that has its verb, such as `It is`, needs no colon.
    """
    sentences: list[list[str]] = []
    for part in (spoken(each) for each in parts):
        if not part:
            continue
        if sentences and _words(subject, [*sentences[-1], part]) <= LONGEST_SENTENCE:
            sentences[-1].append(part)
        else:
            sentences.append([part])
    return " ".join(_ended(f"{subject}{colon} {', '.join(each)}") for each in sentences)


def _words(subject: str, parts: Sequence[str]) -> int:
    return len(f"{subject} {' '.join(parts)}".split())


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
