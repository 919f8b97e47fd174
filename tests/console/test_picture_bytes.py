"""The bytes a terminal is sent: no picture through an evening without a reveal, and none left after one."""

from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator

import pytest

from bridge.reveals import reveals as rules
from bridge.settings import Settings
from tests.console.glass import BLOCK, KITTY, PLACEHOLDER, SIXEL, Terminal, console_on_a_terminal
from tests.reveals.looking import Looking, looking

pytestmark = pytest.mark.filterwarnings("ignore:Warning. bcrypt.kdf")

EVENING = (
    ("2", "most pressing first", ""),
    ("/", "find; Esc shows all", ""),
    ("zz", "None of 1 match zz", ""),
    ("\x1b", "1 case waits", "match zz"),
    ("\r", "Hidden. Hold v", ""),
    ("?", "Esc closes", ""),
    ("\x1b", "Hidden. Hold v", "Esc closes"),
    (":", "Search for commands", ""),
    ("\x1b", "Hidden. Hold v", "Search for commands"),
    ("3", "live", ""),
    ("o", "only what matters", ""),
    ("5", "▸own", ""),
    ("i", "Enter chooses", ""),
    ("\x1b", "▸own", "Enter chooses"),
    ("X", "Type own", ""),
    ("\x1b", "▸own", "Type own"),
    ("6", "[6 PDS", ""),
    ("7", "[7 Log", ""),
    ("s", "Whole.", ""),
    ("1", "[1 Home", ""),
    ("4", "later version", ""),
    ("2", "Hidden. Hold v", ""),
)
"""What is pressed, what is seen then, and what no more."""


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.keys.key_pair.KDF_ROUNDS", 2)


@pytest.fixture
async def look(settings: Settings) -> AsyncIterator[Looking]:
    async with looking(settings) as found:
        yield found


def pictures_in(text: str) -> list[str]:
    """Signs of any picture: Kitty's messages and placeholders, Sixel, half blocks."""
    return [sign for sign in (KITTY, PLACEHOLDER, SIXEL, BLOCK) if sign in text]


def shows_one(terminal: Terminal) -> bool:
    glass = terminal.glass
    return bool(BLOCK in glass.words or PLACEHOLDER in glass.words or glass.sixels)


async def in_case(terminal: Terminal) -> None:
    await terminal.seen("1 case waits")
    terminal.press("2")
    await terminal.seen("[2 Queue", "most pressing first")
    terminal.press("\r")
    await terminal.seen("Hidden. Hold v")


@pytest.mark.parametrize("draw", ["kitty", "sixel", "blocks"])
async def test_no_picture_but_the_one_that_is_held_and_nothing_left_of_it(
    settings: Settings, look: Looking, draw: str
) -> None:
    async with console_on_a_terminal(settings.data_dir, draw) as terminal:
        await terminal.seen("1 case waits")
        for keys, words, gone in EVENING:
            terminal.press(keys)
            await terminal.seen(words, gone=gone)
        assert pictures_in(terminal.drawn) == []
        asked = [each for each in re.findall(r"\x1b_G(.*?);", terminal.text) if "a=q" not in each]
        assert asked == [], "only the question whether it can"

        terminal.press("v")
        await terminal.until(shows_one)
        await terminal.seen("step 1 of 4 · grey")
        assert (
            pictures_in(terminal.drawn)
            == {
                "kitty": [KITTY, PLACEHOLDER],
                "sixel": [SIXEL],
                "blocks": [BLOCK],
            }[draw]
        )
        before = len(terminal.drawn)
        terminal.press("t")
        await terminal.seen("Hidden. Hold v")
        await terminal.seen("9 of")
        after, glass = terminal.drawn[before:], terminal.glass
        assert glass.images == set()
        assert pictures_in(glass.words) == []
        erased = re.search(r"((?:\x1b_Ga=d,d=I,i=\d+,q=2\x1b\\)*)\x1b\[0m((?:\x1b\[\d+;52H {28})+)", after)
        assert erased, "deleted and overwritten in one write"
        assert bool(erased[1]) is (draw == "kitty")
        assert erased[2].count("H") == 11, "each row of the pane"
        terminal.press("q")
        assert await terminal.ended() == 0
        assert pictures_in(terminal.drawn[before + erased.end() :]) == []


async def test_a_console_that_is_told_to_end_takes_its_picture_with_it(
    settings: Settings, look: Looking
) -> None:
    async with console_on_a_terminal(settings.data_dir, "kitty") as terminal:
        await in_case(terminal)
        terminal.press("v")
        await terminal.until(shows_one)
        terminal.process.send_signal(signal.SIGTERM)
        assert await terminal.ended() == 0
        await terminal.until(lambda it: "\x1b[?1049l" in it.drawn)
        assert terminal.glass.images == set()
        assert terminal.drawn.rindex(KITTY) < terminal.drawn.index("\x1b[?1049l")


async def test_a_console_that_is_killed_leaves_a_truthful_entry(
    settings: Settings, look: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console_on_a_terminal(settings.data_dir, "blocks") as terminal:
        await in_case(terminal)
        terminal.press("v")
        await terminal.until(shows_one)
        terminal.process.kill()
        await terminal.ended()
    [shown] = await look.log()
    assert (shown["type"], shown["facts"]["step"]) == ("reveal.shown", 1)
    clock = look.bridge.parts.reveals._clock
    monkeypatch.setattr(look.bridge.parts.reveals, "_clock", lambda: clock() + rules.LONGEST_MS)
    look.bridge.parts.reveals._begun.ring()
    for _ in range(2_000):
        newest, *_ = await look.log()
        if newest["type"] == "reveal.ended":
            break
    assert (newest["facts"]["by"], newest["facts"]["shown_ms"]) == ("limit", rules.LONGEST_MS)


async def test_switched_off_it_does_not_even_ask_the_terminal(settings: Settings, look: Looking) -> None:
    async with console_on_a_terminal(settings.data_dir, "off") as terminal:
        await terminal.seen("1 case waits")
        terminal.press("2")
        await terminal.seen("most pressing first")
        terminal.press("\r")
        await terminal.seen("Pictures are switched off")
        terminal.press("v")
        await terminal.seen("Pictures are switched off: pictures.draw is off.")
        assert KITTY not in terminal.text
        assert "\x1b[c" not in terminal.text
        assert "\x1b[16t" not in terminal.text
