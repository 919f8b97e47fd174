"""What all screens share: status line, tabs, banner, notice line and key bar around a body."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.actions import parse
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Key, Resize, ScreenResume, ScreenSuspend
from textual.screen import Screen
from textual.timer import Timer

from hma_console import keys
from hma_console.messages import (
    ActionsChanged,
    BanksChanged,
    CasesChanged,
    LinkUp,
    PolicyChanged,
    SettingsChanged,
    StatusRead,
    UploadsArrived,
)
from hma_console.widgets.banner import Banner
from hma_console.widgets.key_bar import KeyBar
from hma_console.widgets.lines import Lines
from hma_console.widgets.notice_line import NoticeLine
from hma_console.widgets.status_line import StatusLine, state
from hma_console.widgets.tabs import Tabs

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

AGES_EVERY = 10.0
"""Seconds after which ages are drawn anew."""

WIDTHS = [(0, "-below-60"), (60, "-from-60"), (80, "-from-80"), (100, "-from-100"), (120, "-from-120")]
HEIGHTS = [(0, "-below-20"), (20, "-rows-20"), (24, "-rows-24")]
"""Classes by the columns and rows of the terminal; `console.tcss` says what each leaves out."""


class Frame(Screen[None]):
    """A screen of the console; `NAME` is its tab. Its timer runs only while it is shown."""

    NAME: ClassVar[str] = ""
    MORE_COMMANDS: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """What has no key and stands under `:` only: its words, a sentence, the action."""
    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK]
    AUTO_FOCUS = "RowList"

    def __init__(self) -> None:
        super().__init__()
        self._ages: Timer | None = None
        self._stands = False

    @property
    def console(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        yield StatusLine(id="status")
        yield Tabs(id="tabs")
        yield Banner(id="banner")
        with Container(id="body"):
            yield from self.compose_body()
        yield Lines(id="small")
        yield NoticeLine(id="notice")
        yield KeyBar(id="keys")

    def compose_body(self) -> ComposeResult:
        """The panes between banner and notice line."""
        yield from ()

    def read(self) -> None:
        """Asks the bridge anew for what this screen shows."""

    def draw_body(self) -> None:
        """Draws the body from what is known: called when ages, theme or status changed."""

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        """Why an action cannot be taken now, as a sentence; empty where it can."""
        if action == "find":
            return "There is no list to search here."
        return keys.reason_against(action, parameters)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if self.reason_against(action, parameters) else True

    @property
    def _is_there(self) -> bool:
        """Whether its widgets are: not yet before it is mounted, and no more while the console ends."""
        return self._stands and bool(self.query(KeyBar))

    def draw(self) -> None:
        """Draws frame and body from what the app knows; a screen on its way to be shown waits."""
        if not self._is_there:
            return
        console = self.console
        look, facts = console.look, console.known.facts
        self.query_one(StatusLine).tell(facts, look)
        self.query_one(Tabs).tell(self.NAME, facts.waiting, look)
        self.query_one(Banner).tell(console.known.told_troubles, look)
        self.query_one("#small", Lines).show(
            look.line(" ", state(facts, look)),
            look.say(f" waiting {facts.waiting}"),
            look.say(" Make the window larger: 60 columns, 20 rows."),
        )
        for widget in self.query(".fact"):
            widget.set_class(facts.lost is not None, "-old")
        self.draw_body()
        self.draw_notice()

    def draw_notice(self) -> None:
        if not self._is_there:
            return
        console = self.console
        now = console.clock()
        self.query_one(NoticeLine).tell(
            console.notices.current(now),
            console.known.undo,
            console.known.facts.jobs,
            console.known.resting_notice,
            now,
            console.look,
        )
        shown = [one for one in self.active_bindings.values() if one.binding.show]
        self.query_one(KeyBar).tell(shown, console.look)

    def on_mount(self) -> None:
        self._stands = True
        self.draw()

    def on_screen_resume(self, event: ScreenResume) -> None:
        self._ages = self.set_interval(AGES_EVERY, self.console.tick)
        self.draw()
        self.read()

    def on_screen_suspend(self, event: ScreenSuspend) -> None:
        if self._ages is not None:
            self._ages.stop()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self.draw)

    def on_key(self, event: Key) -> None:
        """A key that nothing took: where it is one that cannot work now, says why."""
        for key, one in self.active_bindings.items():
            if key == event.key and not one.enabled:
                _, action, parameters = parse(one.binding.action)
                self.console.tell(self.reason_against(action, parameters))
                event.stop()
                return

    def on_status_read(self, message: StatusRead) -> None:
        self.draw()

    def on_link_up(self, message: LinkUp) -> None:
        self.draw()
        self.read()

    def on_uploads_arrived(self, message: UploadsArrived) -> None:
        """Uploads came in; only some screens care."""

    def on_cases_changed(self, message: CasesChanged) -> None:
        """Cases changed; only some screens care."""

    def on_banks_changed(self, message: BanksChanged) -> None:
        """Banks changed; only some screens care."""

    def undo_here(self) -> bool:
        """Whether `u` is about what the cursor is on, and was begun; else it undoes the newest decision."""
        return False

    def undone(self, cases: tuple[str, ...]) -> None:
        """These cases wait again; only some screens care."""

    def on_actions_changed(self, message: ActionsChanged) -> None:
        """Actions changed; only some screens care."""

    def on_settings_changed(self, message: SettingsChanged) -> None:
        """Settings of the bridge changed; only some screens care."""

    def on_policy_changed(self, message: PolicyChanged) -> None:
        """Another policy is in force; only some screens care."""

    def find(self) -> None:
        """Opens the field that filters the list; only lists have one."""

    def action_again(self) -> None:
        self.console.ask_anew()
        self.read()

    def action_back(self) -> None:
        """Esc: nothing is open here unless a screen says otherwise."""
