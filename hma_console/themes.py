"""How meanings look: a symbol, a word's style and a colour for each, in five themes.

The hues follow Okabe and Ito's set, which people with any colour vision tell apart; each has a
contrast of at least 4.5:1 on every background of its theme (7:1 in `contrast`). Nothing is said
by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from hma_console.look import Look as Look
from hma_console.look import Meaning as Meaning


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one theme as `#rrggbb`."""

    background: str
    panel: str
    cursor: str
    text: str
    muted: str
    matched: str
    not_checked: str
    unhashable: str
    fine: str
    look: str
    alarm: str
    on_alarm: str = "#ffffff"


COLOURS: dict[str, Colours] = {
    "dark": Colours(
        background="#11151a",
        panel="#1b2129",
        cursor="#2a3441",
        text="#d8dee6",
        muted="#93a0b0",
        matched="#e69f00",
        not_checked="#56b4e9",
        unhashable="#d48bb5",
        fine="#3fb28f",
        look="#f0e442",
        alarm="#b3240a",
    ),
    "light": Colours(
        background="#f7f7f4",
        panel="#ecece6",
        cursor="#d5d9dd",
        text="#1d2329",
        muted="#55606c",
        matched="#8a5200",
        not_checked="#005b99",
        unhashable="#8a3a6b",
        fine="#00664c",
        look="#6b5d00",
        alarm="#b3240a",
    ),
    "contrast": Colours(
        background="#000000",
        panel="#0c0f12",
        cursor="#262c34",
        text="#ffffff",
        muted="#c8d0d8",
        matched="#ffb62e",
        not_checked="#7fd0ff",
        unhashable="#f0a8d8",
        fine="#5fe0b0",
        look="#f0e442",
        alarm="#8a1000",
    ),
}


def _coloured(colours: Colours) -> Mapping[Meaning, Style]:
    return {
        Meaning.MUTED: Style(color=colours.muted),
        Meaning.STRONG: Style(bold=True),
        Meaning.NO_MATCH: Style(color=colours.muted),
        Meaning.MATCHED: Style(color=colours.matched, bold=True),
        Meaning.NOT_CHECKED: Style(color=colours.not_checked),
        Meaning.UNHASHABLE: Style(color=colours.unhashable),
        Meaning.FINE: Style(color=colours.fine),
        Meaning.LOOK: Style(color=colours.look),
        Meaning.ALARM: Style(color=colours.on_alarm, bgcolor=colours.alarm, bold=True),
        Meaning.QUIET: Style(color=colours.fine),
        Meaning.TO_DO: Style(),
    }


_ANSI: Mapping[Meaning, Style] = {
    Meaning.MUTED: Style(dim=True),
    Meaning.STRONG: Style(bold=True),
    Meaning.MATCHED: Style(color="bright_yellow", bold=True),
    Meaning.NOT_CHECKED: Style(color="bright_cyan"),
    Meaning.UNHASHABLE: Style(color="magenta"),
    Meaning.FINE: Style(color="green"),
    Meaning.LOOK: Style(color="yellow", reverse=True),
    Meaning.ALARM: Style(color="white", bgcolor="red", bold=True),
    Meaning.QUIET: Style(color="green"),
}
_MONO: Mapping[Meaning, Style] = {
    Meaning.MUTED: Style(dim=True),
    Meaning.STRONG: Style(bold=True),
    Meaning.MATCHED: Style(bold=True),
    Meaning.LOOK: Style(reverse=True),
    Meaning.ALARM: Style(reverse=True, bold=True),
}

LOOKS: dict[str, Look] = {
    **{name: Look(name, _coloured(colours)) for name, colours in COLOURS.items()},
    "ansi": Look("ansi", _ANSI),
    "mono": Look("mono", _MONO),
}
VARIABLES = {"cursor": "#2a3441", "cursor-style": "none", "muted": "#93a0b0"}
"""Our own variables with the values that Textual's own themes get."""


def themes() -> list[Theme]:
    """The five themes, to be registered with the app."""
    return [_theme(name, colours) for name, colours in COLOURS.items()] + [_plain("ansi"), _plain("mono")]


def _theme(name: str, colours: Colours) -> Theme:
    return Theme(
        name=name,
        primary=colours.not_checked,
        warning=colours.look,
        error=colours.alarm,
        success=colours.fine,
        foreground=colours.text,
        background=colours.background,
        surface=colours.panel,
        panel=colours.panel,
        dark=name != "light",
        variables={
            "cursor": colours.cursor,
            "cursor-style": "none",
            "muted": colours.muted,
            "block-cursor-foreground": colours.text,
            "block-cursor-background": colours.cursor,
        },
    )


def _plain(name: str) -> Theme:
    """The terminal's own colours; `mono` differs by its styles, which have none."""
    return Theme(
        name=name,
        primary="ansi_default" if name == "mono" else "ansi_blue",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        ansi=True,
        variables={
            **BUILTIN_THEMES["ansi-dark"].variables,
            "cursor": "ansi_default",
            "cursor-style": "reverse",
            "muted": "ansi_default",
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse",
        },
    )


def choose_theme(wanted: str, environment: Mapping[str, str], colours: int) -> str:
    """The theme asked for, else one the terminal can show.

    `NO_COLOR` (no-color.org) asks for `mono`; a terminal of fewer than 256 `colours` keeps its
    own sixteen.
    """
    if wanted in LOOKS:
        return wanted
    if "NO_COLOR" in environment:
        return "mono"
    return "dark" if colours >= 256 else "ansi"


def choose_look(theme: str, symbols: str, encoding: str) -> Look:
    """The theme's look, in ASCII where asked for or where the terminal knows no more."""
    look = LOOKS.get(theme, LOOKS["dark"])
    is_ascii = symbols == "ascii" or (not symbols and "utf" not in encoding.lower())
    return Look(look.name, look.styles, is_ascii)
