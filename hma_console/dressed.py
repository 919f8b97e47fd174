"""How the console is dressed: theme, symbols, clock and keys, as its operator wishes, changed at once."""

from __future__ import annotations

import asyncio
import locale
import os
from dataclasses import replace
from datetime import UTC

from rich.color import ColorSystem
from textual.app import App
from textual.filter import Monochrome, NoColor

from hma_console.images import OFF, Graphics, Means
from hma_console.keymap import keymap_of
from hma_console.look import Look
from hma_console.options import ConsoleOptions
from hma_console.preferences import AUTO, keep
from hma_console.themes import VARIABLES, choose_look, choose_theme, themes
from hma_console.words import show_times_in


class DressedApp(App[None]):
    """Raises SettingsError where two of the operator's own keys are one."""

    look: Look

    def __init__(self, options: ConsoleOptions) -> None:
        self.options = options
        self._environment = dict(os.environ)  # Textual takes NO_COLOR out of it
        super().__init__()
        self.animation_level = "none"
        for theme in themes():
            self.register_theme(theme)
        system = self.console._color_system or ColorSystem.STANDARD
        self._colours = 16 if system in (ColorSystem.STANDARD, ColorSystem.WINDOWS) else 256
        self.preferences = options.preferences
        self._keys = keymap_of(self.preferences.keys)
        if self._keys:
            self.set_keymap(dict(self._keys))
        self._dress()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def key_of(self, name: str, usual: str) -> str:
        """The key that a binding of this id is on, `usual` where the operator has none of his own."""
        return self._keys.get(name, usual)

    async def prefer(self, name: str, value: str) -> None:
        """Takes and keeps one of the operator's own settings. Raises SettingsError: then nothing changed."""
        wanted = self.preferences.with_value(name, value)
        if (path := self.options.preferences_file) is not None:
            await asyncio.to_thread(keep, path, name, value)
        self.preferences = wanted
        if name == "pictures.draw" and (means := self._means(value)) is not None:
            self.options = replace(self.options, means=means)
        self._dress()
        self.redraw()

    def _means(self, draw: str) -> Means | None:
        """What pictures are drawn with from now on; None where the terminal has to be asked first."""
        if draw == OFF:
            return Means(None, "Pictures are switched off: you chose so.")
        asks = draw in ("", AUTO) or self.options.means.graphics is None
        return None if asks else Means(Graphics(draw))

    def redraw(self) -> None:
        """Draws what is shown anew."""

    def _dress(self) -> None:
        wanted = self.preferences
        self.theme = choose_theme(wanted.theme, self._environment, self._colours)
        symbols = "" if wanted.symbols == AUTO else wanted.symbols
        self.look = choose_look(self.theme, symbols, locale.getpreferredencoding(False))
        show_times_in(UTC if wanted.clock == "utc" else None)
        if self.no_color:
            self._take_colour_out()

    def _take_colour_out(self) -> None:
        """`Monochrome` makes a terminal's own colours black on black; Textual chose before our theme."""
        fitting = NoColor() if self.native_ansi_color else Monochrome()
        taken_out = (NoColor, Monochrome)
        self._filters = [fitting if isinstance(one, taken_out) else one for one in self._filters]
