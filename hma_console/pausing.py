"""Pause and Resume under `:`: a typed word begins the one, the other ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SystemCommand

from bridge.errors import BridgeError, InputError
from hma_console.screens.dialogs import Field, Form
from hma_console.words import counted, safe

if TYPE_CHECKING:
    from hma_console.app import ConsoleApp

WORD = "pause"


def pause_or_resume(app: ConsoleApp) -> SystemCommand:
    """The one of the two that can be done now."""
    status = app.known.facts.status
    if status is None or status.paused is None:
        words = "Nothing happens by itself, and uploads get in unchecked; asks for a word"
        return SystemCommand("Pause", words, lambda: _ask(app))
    words = "What was not checked is checked, and held where it matches"
    return SystemCommand("Resume", words, lambda: _begin(app, None))


def _ask(app: ConsoleApp) -> None:
    def answered(reason: str | None) -> None:
        if reason is not None:
            _begin(app, reason)

    fields = (Field(f"Type {WORD}: nothing happens by itself then"), Field("Why, if you like to say"))
    app.push_screen(Form("Pause", fields, _reason), answered)


def _reason(typed: list[str]) -> str:
    word, reason = (text.strip() for text in typed)
    if word != WORD:
        raise InputError(f"Type {WORD} to do it.")
    return reason


def _begin(app: ConsoleApp, reason: str | None) -> None:
    """Pauses for `reason`; without one it resumes."""
    app.run_worker(_change(app, reason), group="pause", exit_on_error=False)


async def _change(app: ConsoleApp, reason: str | None) -> None:
    try:
        if reason is not None:
            await app.client.pause(reason)
            words = "Paused. Press : and choose Resume to end it."
        else:
            uploads = await app.client.resume()
            words = f"Resumed; {counted(uploads, 'upload')} to be checked now."
    except BridgeError as error:
        app.tell(safe(f"{error.message} {error.hint}".strip()), is_error=True)
    else:
        app.tell(words)
        app.ask_anew()
