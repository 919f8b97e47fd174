"""The command palette: screens, what the shown screen can do, themes, messages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from hma_console import keys
from hma_console.digest import last_week
from hma_console.pausing import pause_or_resume
from hma_console.screens.reading import messages_of
from hma_console.themes import LOOKS

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp


def commands(app: ConsoleApp) -> Iterable[SystemCommand]:
    """All that can be done now, by name."""
    for name, (digit, title) in keys.SCREENS.items():
        yield SystemCommand(title, f"Screen {digit}", partial(app.action_go, name))
    frame = app.frame
    if frame is not None:
        for one in frame.active_bindings.values():
            if one.node is frame and one.enabled and one.binding.id:
                words = one.binding.description.capitalize()
                act = partial(app.call_later, app.run_action, one.binding.action, frame)
                yield SystemCommand(words, one.tooltip, act)
        for words, sentence, action in frame.MORE_COMMANDS:
            yield SystemCommand(words, sentence, partial(app.call_later, app.run_action, action, frame))
    yield last_week(app)
    yield pause_or_resume(app)
    yield SystemCommand(
        "Unchecked uploads seen",
        "Those that no retry helps are no trouble until more come",
        app.see_unchecked,
    )
    for name in LOOKS:
        yield SystemCommand(f"Theme {name}", "How the console looks", partial(app.prefer, "look.theme", name))
    yield SystemCommand(
        "Messages", "All that the notice line said", lambda: app.push_screen(messages_of(app))
    )
    yield SystemCommand("Help", "The keys of this screen", app.action_help)
    yield SystemCommand("Quit", "Leaves the console", app.action_leave)
