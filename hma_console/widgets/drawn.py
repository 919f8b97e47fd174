"""Pictures as `textual_image` draws them, made so that nothing of one stays in the terminal.

Its Kitty renderer deletes placements and leaves the pictures' data with the terminal; and a widget that is
removed deletes nothing. So each id that was sent is remembered here until it was deleted, data and all.
Imported only where a picture is drawn: `textual_image` asks the terminal at its import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from PIL.Image import Image
from rich.console import Console, ConsoleOptions, RenderResult
from textual.geometry import Region
from textual.widget import Widget
from textual_image.renderable.halfcell import Image as HalfcellRenderable
from textual_image.renderable.tgp import Image as KittyRenderable
from textual_image.widget import SixelImage
from textual_image.widget._base import Image as BaseImage

_FIT = "auto"


class Deleting(KittyRenderable):
    """A picture in Kitty's protocol, drawn by placeholders; `sent` are the ids the terminal holds data of."""

    sent: ClassVar[set[int]] = set()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        segments = list(super().__rich_console__(console, options))
        if self.terminal_image_id is not None:
            self.sent.add(self.terminal_image_id)
        yield from segments

    def cleanup(self) -> None:
        """Nothing here: what was drawn before is erased with the cells it stood in."""
        self.terminal_image_id = None


class KittyImage(BaseImage, Renderable=Deleting):
    """Drawn by Kitty's graphics."""


class BlocksImage(BaseImage, Renderable=HalfcellRenderable):
    """Drawn by half blocks, two pixels a cell."""


def kitty(picture: Image) -> Widget:
    return _fitting(KittyImage(picture))


def sixel(picture: Image) -> Widget:
    return _fitting(SixelImage(picture))


def blocks(picture: Image) -> Widget:
    return _fitting(BlocksImage(picture))


def _fitting(widget: BaseImage) -> Widget:
    widget.styles.width = widget.styles.height = _FIT
    return widget


def erase(widgets: Iterable[Widget], region: Region, write: Callable[[str], object]) -> None:
    """Takes pictures out of the terminal, in one write: Kitty's data by id, then the cells of `region`.

    `widgets` draw nothing from now on: Textual may paint them once more before they are removed.
    """
    for widget in widgets:
        for part in widget.walk_children(with_self=True):
            part.image = None  # type: ignore[attr-defined]  # both of a Sixel have one
    deleted = "".join(f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\" for number in sorted(Deleting.sent))
    Deleting.sent.clear()
    blank = " " * region.width
    rows = (f"\x1b[{y + 1};{region.x + 1}H{blank}" for y in range(region.y, region.bottom))
    write(f"{deleted}\x1b[0m{''.join(rows)}")
