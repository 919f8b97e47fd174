"""The console: every screen, the one link to the bridge, and what all screens share."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from rich.console import RenderableType
from rich.text import Text
from textual import on, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.events import Event, Key
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from bridge.errors import BridgeError
from bridge.uploads import now_ms
from hma_console import keys
from hma_console.answers import UploadRow
from hma_console.client import BridgeClient
from hma_console.commands import commands
from hma_console.dressed import DressedApp
from hma_console.known import Known
from hma_console.link import Link
from hma_console.messages import (
    ActionsChanged,
    BanksChanged,
    CasesChanged,
    LinkLost,
    LinkUp,
    PolicyChanged,
    Posting,
    SettingsChanged,
    StatusRead,
    UploadsArrived,
)
from hma_console.options import ConsoleOptions
from hma_console.screens.actions import ActionsScreen
from hma_console.screens.banks import BanksScreen
from hma_console.screens.feed import FeedScreen
from hma_console.screens.frame import HEIGHTS, WIDTHS, Frame
from hma_console.screens.home import HomeScreen
from hma_console.screens.leaving import LeavingDialog
from hma_console.screens.log import LogScreen
from hma_console.screens.pds import PdsScreen
from hma_console.screens.policy import PolicyScreen
from hma_console.screens.queue import QueueScreen
from hma_console.screens.reading import help_of
from hma_console.screens.reveal import RevealScreen
from hma_console.screens.settings import SettingsScreen
from hma_console.widgets.notice_line import MESSAGE_STAYS, Notices, undone_words
from hma_console.words import clock, counted, safe

IDLE = 10 * 60_000
"""Milliseconds without a key after which Home is shown: no case stands open on an unwatched screen."""


class ConsoleApp(DressedApp):
    """A client of one bridge. `clock` gives milliseconds since 1970."""

    TITLE = "HMA Console"
    CSS_PATH = "console.tcss"
    DEFAULT_MODE = "home"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "home": HomeScreen,
        "queue": QueueScreen,
        "feed": FeedScreen,
        "banks": BanksScreen,
        "pds": PdsScreen,
        "log": LogScreen,
        "policy": PolicyScreen,
        "actions": ActionsScreen,
        "settings": SettingsScreen,
    }
    BINDINGS: ClassVar[list[BindingType]] = list(keys.EVERYWHERE)
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        client: BridgeClient,
        options: ConsoleOptions | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.client, self.clock = client, clock
        super().__init__(options or ConsoleOptions())
        self.notices = Notices()
        self.known = Known(self.options, clock)
        self._last_key_at = clock()
        self._undo_open = False
        self._link = Link(client, clock, Posting(self.post_message))

    def _fatal_error(self) -> None:
        """As Textual's, without what the variables held: a passphrase, a list's value, somebody's name."""
        self.bell()
        self.panic(Text("".join(traceback.format_exception(self._exception))))

    @property
    def frame(self) -> Frame | None:
        """The screen that is shown, or lies under a dialog."""
        return next((one for one in reversed(self.screen_stack) if isinstance(one, Frame)), None)

    def tell(self, words: str, *, is_error: bool = False) -> None:
        """Says one thing on the notice line."""
        self.notices.say(words, self.clock(), is_error=is_error)
        self._draw_notice()
        self.set_timer(MESSAGE_STAYS / 1000 + 0.1, self._draw_notice)

    def tick(self) -> None:
        if self.clock() - self._last_key_at >= IDLE and self.current_mode != "home":
            self.action_go("home")
        self.redraw()

    def _tick_undo(self) -> None:
        """The line itself is drawn only where it changes: each 5 s, each second in the last 10."""
        was_open, self._undo_open = self._undo_open, self.known.undo is not None
        if was_open or self._undo_open:
            self._draw_notice()

    def redraw(self) -> None:
        if self.is_running and self.frame is not None:
            self.frame.draw()

    def _draw_notice(self) -> None:
        if self.frame is not None:
            self.frame.draw_notice()

    def ask_anew(self) -> None:
        self._link.ask_anew()

    def on_mount(self) -> None:
        self._keep_link()
        self.set_interval(1.0, self._tick_undo)
        if self.options.own_bridge and self.options.host:
            self.tell(f"A bridge was started at {safe(self.options.host)}; it ends with the console.")

    @work(exclusive=True, group="link", exit_on_error=False)
    async def _keep_link(self) -> None:
        await self._link.keep()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            self._last_key_at = self.clock()
            self.notices.key_pressed()
        await super().on_event(event)

    def on_status_read(self, message: StatusRead) -> None:
        if self.known.learn(message.status):
            self.bell()
        self._hand_on(message)

    def on_link_up(self, message: LinkUp) -> None:
        if self.known.found_again():
            self.tell("The bridge answers again; what is shown was read anew.")
        self._hand_on(message)

    def on_link_lost(self, message: LinkLost) -> None:
        self.known.lose(message)
        if isinstance(self.screen, RevealScreen):
            self.screen.hide("Hidden: the bridge does not answer.")
        self.redraw()

    @on(UploadsArrived)
    @on(CasesChanged)
    @on(BanksChanged)
    @on(PolicyChanged)
    @on(ActionsChanged)
    @on(SettingsChanged)
    def _hand_on(self, message: Message) -> None:
        if self.frame is not None:
            self.frame.post_message(message)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.tell(f"A fault of the console: {event.worker.error!r}", is_error=True)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """A picture is taken off the glass while it is still ours."""
        if self.screen_stack and isinstance(self.screen, RevealScreen):
            self.screen.hide()
        super().exit(result, return_code, message)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if self.screen_stack and isinstance(self.screen, RevealScreen):
            return False  # also for keys that come before the screen's own: Ctrl+P, Ctrl+Q
        frame = self.frame if self.screen_stack else None
        return frame.check_action(action, parameters) if frame else True

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        return commands(self)

    def action_go(self, name: str) -> None:
        if self.current_mode != name:
            self.switch_mode(name)

    def open_case(self, case_id: str) -> None:
        """Shows the Queue with its cursor on that case, once it is read."""
        self.action_go("queue")
        while not isinstance(self.screen, QueueScreen):
            self.pop_screen()
        self.screen.seek(case_id)

    def open_upload(self, row: UploadRow) -> None:
        """Shows the case it belongs to; says so where there is none."""
        if row.case_id:
            self.open_case(row.case_id)
        else:
            self.tell(f"Upload {safe(row.id)}, received at {clock(row.received_at)}; no case.")

    def action_press_key(self, key: str) -> None:
        self.simulate_key(key.split(",")[0])

    def action_trouble(self) -> None:
        worst = self.known.look_at_worst()
        if self.known.facts.lost is not None:
            self.tell("The bridge does not answer. It is tried again by itself; a tries now.")
        elif worst is None:
            self.tell("Nothing is wrong.")
        else:
            self.action_go(worst.place)
            self.redraw()

    def see_unchecked(self) -> None:
        number = self.known.see_unchecked()
        self.tell(f"{counted(number, 'upload')} that no retry helps, seen; more would be told again.")
        self.redraw()

    def action_undo(self) -> None:
        """The decision on the row of the cursor where the screen says so, else the newest one."""
        if self.known.facts.lost is not None:
            self.tell("Not undone: the bridge does not answer.")
        elif self.frame is None or not self.frame.undo_here():
            self.undo()

    @work(group="undo", exit_on_error=False)
    async def undo(self, batch: str = "") -> None:
        """Takes a batch back; where none is named the newest that can be."""
        try:
            if not batch and self.known.undo is None:  # another console may just have decided
                self.known.learn(await self.client.status())
            newest = self.known.undo
            if not batch and newest is None:
                self.tell("Nothing can be undone now. Decided cases reopen under 2, o.")
                return
            done = await self.client.deciding.undo(batch or (newest.batch if newest else ""))
        except BridgeError as fault:
            self.tell(safe(f"Not undone: {fault.message}"), is_error=True)
            return
        self.known.undone(done.batch)
        self.tell(undone_words(done))
        self.ask_anew()
        if self.frame is not None:
            self.frame.undone(done.cases)
            self.frame.post_message(CasesChanged())

    def action_help(self) -> None:
        if self.frame is not None:
            self.push_screen(help_of(self.frame))

    def action_find(self) -> None:
        if self.frame is not None:
            self.frame.find()

    def action_help_quit(self) -> None:
        self.tell("q leaves the console.")

    def action_leave(self) -> None:
        """A service goes on without us; a bridge of our own ends, so that is asked."""
        if not self.options.own_bridge:
            self.exit()
        elif not isinstance(self.screen, LeavingDialog):
            self.push_screen(LeavingDialog(), self._leave)

    def _leave(self, sure: bool | None) -> None:
        if sure:
            self.exit()
