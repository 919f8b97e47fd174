"""How a revealed picture is drawn, and when it is not: the one place that knows terminal graphics.

`textual_image` asks the terminal what it can when it is imported, so that happens once, here, before the
console opens; with `pictures.draw = off` it never does. Its widgets are chosen by class, never by itself.
"""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridge.errors import SettingsError

if TYPE_CHECKING:
    from PIL.Image import Image
    from textual.widget import Widget


class Graphics(StrEnum):
    """What a terminal draws pictures with."""

    KITTY = "kitty"
    SIXEL = "sixel"
    BLOCKS = "blocks"


AUTO, OFF = "auto", "off"
_LARGEST = 1024
"""Pixels of a side: the bridge draws no larger."""
_CELL = (10, 20)
"""Pixels of a cell where the terminal does not say: those of a VT340."""


@dataclass(frozen=True, slots=True)
class Means:
    """What pictures are drawn with here; None where they are not, and `why_not` in a sentence."""

    graphics: Graphics | None = None
    why_not: str = "This terminal draws no pictures."


def means_of(draw: str) -> Means:
    """Asks the terminal, unless `draw` is off. Before Textual reads the terminal, and once.

    Raises SettingsError for a word that `pictures.draw` does not take.
    """
    if draw == OFF:
        return Means(None, "Pictures are switched off: pictures.draw is off.")
    if draw not in (AUTO, *Graphics):
        raise SettingsError(f"pictures.draw takes {AUTO}, {', '.join(Graphics)} or {OFF}, not {draw[:20]!r}.")
    found = _ask_terminal()
    return Means(found if draw == AUTO else Graphics(draw)) if found else Means()


def _ask_terminal() -> Graphics | None:
    """None where there is no terminal."""
    import textual_image.widget  # noqa: F401  # asks for the size of a cell too
    from textual_image import renderable

    if not sys.__stdin__ or not sys.__stdin__.isatty():
        return None
    termios.tcflush(sys.__stdin__, termios.TCIFLUSH)  # an answer that came late is not typed
    return {
        renderable.SixelImage: Graphics.SIXEL,
        renderable.TGPImage: Graphics.KITTY,
        renderable.HalfcellImage: Graphics.BLOCKS,
    }.get(renderable.Image)


def pixels(graphics: Graphics, columns: int, rows: int) -> tuple[int, int]:
    """Width and height of a picture that fills so many cells."""
    wide, high = (1, 2) if graphics is Graphics.BLOCKS else _cell_size()
    return min(columns * wide, _LARGEST), min(rows * high, _LARGEST)


def widget_of(graphics: Graphics, picture: Image) -> Widget:
    """Draws `picture` as large as fits, in its own proportions."""
    from hma_console.widgets.drawn import blocks, kitty, sixel

    return {Graphics.KITTY: kitty, Graphics.SIXEL: sixel, Graphics.BLOCKS: blocks}[graphics](picture)


def _cell_size() -> tuple[int, int]:
    """Pixels, as the kernel was told."""
    try:
        answer = fcntl.ioctl(sys.__stdout__ or 1, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return _CELL
    rows, columns, width, height = struct.unpack("4H", answer)
    if not (rows and columns and width >= columns and height >= rows):
        return _CELL
    return width // columns, height // rows
