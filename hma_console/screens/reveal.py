"""While a picture shows: a transparent screen that holds the keys, so that a startled hand decides nothing.

Terminals do not say when a key is let go. So a picture hides 2 s after the last press, 0.7 s once the key
repeats, after 15 s in any case, and at once with the focus, the size, the tab or the bridge. Every key but
five hides it, and does nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, cast

from PIL import Image
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Event, Key, MouseDown, MouseScrollDown, MouseScrollUp, MouseUp, Paste, Resize
from textual.geometry import NULL_REGION, Region
from textual.screen import ModalScreen

from bridge.errors import BridgeError
from hma_console import images, onlookers
from hma_console.reveals import LONGEST_MS, Seen, Shown, Wanted
from hma_console.screens.reveal_words import STEPS, lines
from hma_console.widgets.key_bar import KeyBar
from hma_console.widgets.lines import Lines
from hma_console.words import safe

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

AFTER_PRESS, AFTER_REPEAT, REPEATS = 2_000, 700, 200
"""Milliseconds: after a press, after one of a key that repeats, and between two presses that are repeats."""
_LOOKS = 0.1
"""Seconds between two looks at the clock."""
_SMALLEST = (12, 6)
"""Columns and rows of a pane in which anything can be seen; else the body is taken."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What came of it; `reveal` is empty where nothing was drawn."""

    upload_id: str
    reveal: str
    shown_ms: int
    step: int


class RevealScreen(ModalScreen[Glance]):
    """Shows one picture over `place`, the pane's region, until it hides. `on_shown` hears of its reveal."""

    AUTO_FOCUS = ""

    def __init__(
        self,
        seen: Seen,
        place: Region,
        on_shown: Callable[[str], object],
        *,
        word: str = "",
        goes_on: bool = False,
        by_mouse: bool = False,
    ) -> None:
        super().__init__()
        self._seen, self._place, self._on_shown = seen, place, on_shown
        self._word, self._goes_on, self._by_mouse = word, goes_on, by_mouse
        self._step, self._sharpest, self._colour = 1, 1, False
        self._large = place.width < _SMALLEST[0] or place.height < _SMALLEST[1]
        self._glass = Container(id="glass")
        self._reveal = ""
        self._drawn: Region | None = None
        """Where a picture is on the glass."""
        self._drawn_at = self._pressed_at = 0
        self._window = AFTER_PRESS
        self._is_hidden = False
        self._asked = 0
        """The number of the newest drawing that was asked for: an older one that comes late is not drawn."""

    @property
    def console(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        yield self._glass
        yield Lines(id="reveal-words")

    def on_mount(self) -> None:
        self._pressed_at = self.console.clock()
        self._glass.display = False
        frame = self.console.frame
        keys = frame.query_one(KeyBar).size.height if frame else 1
        self.query_one("#reveal-words").styles.height = 1 + keys
        self.set_interval(_LOOKS, self.look_at_clock)
        self.watch(self.app, "app_focus", self._focus_changed, init=False)
        self._tell()
        self._ask()

    # What hides it

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        now = self.console.clock()
        if event.key == self.console.key_of("reveal", "v"):
            self._window = AFTER_REPEAT if now - self._pressed_at < REPEATS else AFTER_PRESS
        elif event.key in ("plus", "equals_sign"):
            self._change(step=min(self._step + 1, len(STEPS)))
        elif event.key == "minus":
            self._change(step=max(self._step - 1, 1))
        elif event.key == "m":
            self._change(large=not self._large)
        elif event.key == "g":
            self._change(colour=not self._colour)
        else:
            self.hide()
        self._pressed_at = now

    @on(MouseUp)
    @on(MouseDown)
    @on(MouseScrollDown)
    @on(MouseScrollUp)
    @on(Paste)
    def _hide_for(self, event: Event) -> None:
        event.stop()
        self.hide()

    def on_resize(self, event: Resize) -> None:
        if self._drawn is not None:
            self.hide()

    def on_screen_suspend(self) -> None:
        self.hide()

    def on_screen_resume(self) -> None:
        if self._is_hidden:
            self.dismiss(self._glance())

    def on_unmount(self) -> None:
        """The console failed and has left the screen: what the terminal holds of the picture goes too."""
        if self._drawn is not None:
            self._drawn = NULL_REGION
            self._erase()

    def _focus_changed(self, has_focus: bool) -> None:
        if not has_focus:
            self.hide()

    def look_at_clock(self) -> None:
        """Hides what was shown long enough; else says for how long it has been."""
        if self._is_hidden or self._drawn is None:
            return
        now = self.console.clock()
        is_let_go = not self._by_mouse and now - self._pressed_at >= self._window
        if is_let_go or now - self._drawn_at >= LONGEST_MS:
            self.hide()
        else:
            self._tell()

    def hide(self, why: str = "") -> None:
        """Takes the picture off the glass at once and gives the keys back; `why` is said."""
        if self._is_hidden:
            return
        glance = self._glance()
        self._is_hidden = True
        self._erase()
        if why:
            self.console.tell(safe(why))
        if glance.reveal:
            self.app.run_worker(self._end(glance.reveal, glance.shown_ms), exit_on_error=False)
        if self.is_current:
            self.dismiss(glance)

    # What shows it

    def _change(self, *, step: int = 0, large: bool | None = None, colour: bool | None = None) -> None:
        self._window = AFTER_PRESS
        was = (self._step, self._large, self._colour)
        self._step = step or self._step
        self._large = self._large if large is None else large
        self._colour = self._colour if colour is None else colour
        if was != (self._step, self._large, self._colour) and not self._is_hidden:
            self._ask()

    def _ask(self) -> None:
        """By a worker of the app: what was begun is written down and has to be ended, come what may."""
        self._asked += 1
        self.app.run_worker(self._fetch(self._asked, self._region()), exit_on_error=False)

    def _region(self) -> Region:
        frame = self.console.frame
        return frame.query_one("#body").region if self._large and frame else self._place

    async def _fetch(self, number: int, region: Region) -> None:
        graphics = self.console.options.means.graphics
        assert graphics is not None, "the pane asked"
        step = self._step
        width, height = images.pixels(graphics, region.width - 2, region.height - 2)
        wanted = Wanted(
            self._seen.case_id,
            self._seen.upload.id,
            step,
            max(1, width),
            max(1, height),
            self._colour,
            self._reveal,
            self._word,
            self._goes_on,
        )
        try:
            if not self._reveal and (why := await onlookers.reason_against()):
                self.hide(why)
                return
            shown = await self.console.client.reveals.show(wanted)
            picture = await asyncio.to_thread(_decoded, shown.png)
        except BridgeError as fault:
            self.hide(f"{fault.message} {fault.hint}".strip())
            return
        if self._is_hidden:
            if not wanted.reveal:
                await self._end(shown.reveal, 0)
            return
        self._begin(shown)
        if number == self._asked and not self._is_hidden:
            await self._draw(picture, region, step, whole=shown.whole)

    def _begin(self, shown: Shown) -> None:
        """Notes which reveal it is; one that comes long after the key was let go is not drawn."""
        if self._reveal:
            return
        self._reveal = shown.reveal
        self.set_timer(shown.left_ms / 1000, self.hide)  # whatever becomes of the clock
        if not self._by_mouse and self.console.clock() - self._pressed_at >= AFTER_PRESS:
            self.hide("It came late and was not shown. Hold v.")

    async def _draw(self, picture: Image.Image, region: Region, step: int, *, whole: bool) -> None:
        graphics = self.console.options.means.graphics
        assert graphics is not None
        glass = self._glass
        self._erase()
        await glass.remove_children()
        if self._is_hidden:
            return
        glass.styles.offset = (region.x, region.y)
        glass.styles.width, glass.styles.height = region.width, region.height
        glass.border_title = Text(self._seen.title)
        colour, size = "colour" if self._colour else "grey", " · whole" if whole else ""
        glass.border_subtitle = f"step {step} of {len(STEPS)} · {colour}{size}"
        glass.display = True
        self._drawn = region
        if not self._drawn_at:
            self._drawn_at = self.console.clock()
            self._on_shown(self._reveal)
        self._sharpest = max(self._sharpest, step)
        await glass.mount(images.widget_of(graphics, picture))
        self._tell()

    # What is left of it

    def _erase(self) -> None:
        region, self._drawn = self._drawn, None
        driver = self.app._driver
        if region is None or driver is None:
            return
        from hma_console.widgets.drawn import erase

        erase(self._glass.children, region, driver.write)

    async def _end(self, reveal: str, shown_ms: int) -> None:
        try:
            await self.console.client.reveals.end(reveal, shown_ms)
        except BridgeError:
            return  # the bridge ends it by itself

    def _glance(self) -> Glance:
        shown_ms = max(1, self.console.clock() - self._drawn_at) if self._drawn_at else 0
        return Glance(self._seen.upload.id, self._reveal, shown_ms, self._sharpest)

    def _tell(self) -> None:
        shown_ms = None if self._drawn is None else self.console.clock() - self._drawn_at
        self.query_one("#reveal-words", Lines).show(*lines(self.console.look, self._sharpest, shown_ms))


def _decoded(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png), formats=["PNG"])
    picture.load()
    return picture
