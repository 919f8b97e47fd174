"""Where a picture is shown while somebody holds `v` or the mouse button; else it says that it is hidden.

yield PicturePane(id="picture")
…
pane.show_for(case_id, upload, "picture 1 of 2", is_child_safety=False)   # when the cursor moves
pane.reveal()                                                             # on `v`
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import work
from textual.events import MouseDown, Resize
from textual.message import Message
from textual.screen import Screen

from bridge.errors import BridgeError, InputError
from hma_console.answers import UploadRow
from hma_console.images import Graphics
from hma_console.reveals import CHILD_SAFETY_WORD, Allowance, Seen
from hma_console.screens.dialogs import Field, Form
from hma_console.screens.reveal import Glance, RevealScreen
from hma_console.themes import Meaning
from hma_console.widgets.lines import Lines
from hma_console.words import counted

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

NEVER = "Never shown: child-safety list. Decide by the facts on the left."


class PicturePane(Lines):
    """Nothing is drawn in it: `RevealScreen` lays the picture over it, and takes it away."""

    @dataclass
    class Revealed(Message):
        """A picture is shown."""

        upload_id: str
        reveal: str

    @dataclass
    class Hidden(Message):
        """It is hidden again, after so many milliseconds, and `step` was the sharpest."""

        upload_id: str
        reveal: str
        shown_ms: int
        step: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._seen: Seen | None = None
        self._allowance: Allowance | None = None
        self._declined = 0
        """Of which pause, by its end, it was said that it is declined by another press."""

    @property
    def console(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def seen(self) -> Seen | None:
        return self._seen

    def show_for(
        self, case_id: str, upload: UploadRow | None, title: str = "picture", *, is_child_safety: bool = False
    ) -> None:
        """From now on it is about this file, None where there is none; asks how many you may still see."""
        seen = Seen(case_id, upload, title, is_child_safety) if upload is not None else None
        if seen != self._seen:
            self._seen = seen
            self._draw()
            self.ask_allowance()

    @work(exclusive=True, group="allowance", exit_on_error=False)
    async def ask_allowance(self) -> None:
        try:
            self._allowance = await self.console.client.reveals.allowance()
        except BridgeError:
            return  # the status line says that the bridge does not answer
        self._draw()

    def on_resize(self, event: Resize) -> None:
        self._draw()

    def on_mouse_down(self, event: MouseDown) -> None:
        """The one true hold a terminal knows."""
        event.stop()
        self.reveal(by_mouse=True)

    def reveal(self, *, by_mouse: bool = False) -> None:
        """Shows the picture, or says why not."""
        reason = self.reason_against()
        if reason or self._seen is None:
            self.console.tell(reason)
        elif self._seen.is_child_safety:
            self.app.push_screen(_typed_word(), self._open)
        elif self._offers_pause():
            assert self._allowance is not None
            self._declined = self._allowance.pause_until
            self.console.tell("Three pictures seen. The rest can wait; v goes on.")
        else:
            self._open("", by_mouse=by_mouse)

    def reason_against(self) -> str:
        """Why `v` shows nothing now, as a sentence; empty where it may."""
        means, seen, allowance = self.console.options.means, self._seen, self._allowance
        if seen is None:
            return "There is no picture here."
        if seen.is_child_safety and (allowance is None or allowance.child_safety != "ask"):
            return NEVER
        if seen.upload.media_type.startswith("video/"):
            return "A video: not shown here."
        if means.graphics is None:
            return means.why_not
        if means.graphics is Graphics.BLOCKS and self.app.no_color:
            return "Blocks need colours, and NO_COLOR is set."
        if self.console.known.facts.lost is not None:
            return "Not shown: the bridge does not answer."
        return ""

    def _offers_pause(self) -> bool:
        allowance = self._allowance
        return (
            allowance is not None
            and allowance.pause == "offered"
            and allowance.pause_until > self.console.clock()
            and allowance.pause_until != self._declined
        )

    def _open(self, word: str | None, *, by_mouse: bool = False) -> None:
        if self._seen is None or word is None:
            return
        seen = self._seen
        screen = RevealScreen(
            seen,
            self.region,
            lambda reveal: self.post_message(self.Revealed(seen.upload.id, reveal)),
            word=word,
            goes_on=bool(self._declined),
            by_mouse=by_mouse,
        )
        self.app.push_screen(screen, self._put_away)

    def _put_away(self, glance: Glance | None) -> None:
        self.ask_allowance()
        if glance is not None and glance.reveal:
            self.post_message(self.Hidden(glance.upload_id, glance.reveal, glance.shown_ms, glance.step))

    def _draw(self) -> None:
        """The hidden pane."""
        look = self.console.look
        if self.size.height == 1:
            words = "Picture hidden, v" if not self.reason_against() else self.reason_against()
            self.show(look.say(f" {words}", Meaning.MUTED))
            return
        title = f"─ {self._seen.title} " if self._seen else "─ picture "
        width = max(4, self.size.width)
        lines = [look.say(title.ljust(width, "─")[:width], Meaning.MUTED), Text()]
        lines += [look.say(f" {line}") for line in wrap(self._words(), max(10, width - 2))]
        self.show(*lines)

    def _words(self) -> str:
        reason = self.reason_against()
        if reason or self._seen is None:
            return reason
        if self._seen.is_child_safety:
            return "Hidden. Child-safety list: v asks for a word first."
        words = "Hidden. Hold v to reveal: small, grey, blurred."
        if self._allowance is None:
            return words
        if self._allowance.pause == "needed":
            minutes = max(1, -(-(self._allowance.pause_until - self.console.clock()) // 60_000))
            return f"Hidden. The day's {self._allowance.a_day} are seen: the next in {minutes} min."
        return f"{words} {self._allowance.left} of {counted(self._allowance.a_day, 'reveal')} left."


def _typed_word() -> Screen[str]:
    def parse(values: list[str]) -> str:
        if values[0].strip() != CHILD_SAFETY_WORD:
            raise InputError(f"Type {CHILD_SAFETY_WORD}, or Esc.")
        return CHILD_SAFETY_WORD

    return Form("A child-safety picture", [Field(f"Type {CHILD_SAFETY_WORD} to look at it.")], parse)
