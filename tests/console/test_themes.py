from __future__ import annotations

import pytest
from rich.text import Text

from hma_console.themes import COLOURS, LOOKS, Colours, Meaning, choose_look, choose_theme


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", COLOURS)
def test_every_hue_can_be_read_on_every_background(name: str) -> None:
    colours: Colours = COLOURS[name]
    least = 7.0 if name == "contrast" else 4.5
    hues = ("text", "muted", "matched", "not_checked", "unhashable", "fine", "look")
    for background in (colours.background, colours.panel, colours.cursor):
        for hue in hues:
            assert contrast(getattr(colours, hue), background) >= least, (hue, background)
    assert contrast(colours.on_alarm, colours.alarm) >= least


def test_every_meaning_has_a_symbol_of_its_own_in_unicode_and_in_ascii() -> None:
    symbols = [meaning.symbol for meaning in Meaning if meaning.symbol.strip()]
    look = choose_look("dark", "ascii", "utf-8")
    plain = [look.drawn(Text(symbol)).plain for symbol in symbols]
    assert len(set(symbols)) == len(symbols) == 10
    assert all(symbol.isascii() for symbol in plain)
    assert len(set(plain)) == len(plain)


def test_nothing_a_look_says_is_read_as_markup() -> None:
    assert LOOKS["dark"].say("[red]x[/red]").plain == "[red]x[/red]"


@pytest.mark.parametrize(
    ("wanted", "environment", "colours", "chosen"),
    [
        ("", {}, 256, "dark"),
        ("", {}, 16, "ansi"),
        ("", {"NO_COLOR": "1"}, 256, "mono"),
        ("light", {"NO_COLOR": "1"}, 16, "light"),
        ("unknown", {}, 256, "dark"),
    ],
)
def test_the_theme_fits_the_terminal_unless_one_is_asked_for(
    wanted: str, environment: dict[str, str], colours: int, chosen: str
) -> None:
    assert choose_theme(wanted, environment, colours) == chosen


def test_symbols_are_ascii_where_the_terminal_knows_no_more() -> None:
    assert choose_look("dark", "", "ANSI_X3.4-1968").is_ascii
    assert not choose_look("dark", "", "UTF-8").is_ascii
    assert not choose_look("dark", "unicode", "ANSI_X3.4-1968").is_ascii
