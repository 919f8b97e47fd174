"""The operator's own keys: taken by name, refused where two would be one."""

from __future__ import annotations

import pytest

from bridge.errors import SettingsError
from hma_console.app import ConsoleApp
from hma_console.keymap import keymap_of
from tests.console.driving import Stage, dressed, opened, seen
from tests.fakes.bridge_api import lived_in


async def test_a_key_of_ones_own_works_is_shown_and_the_old_one_is_free() -> None:
    stage = Stage(lived_in(), dressed(keys={"only": "G", "find": "ctrl+t", "help": "H"}))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("5")
        await seen(stage, pilot, "G only", "ctrl+t find", "H help")
        await pilot.press("o")
        await seen(stage, pilot, "o only: all")
        await pilot.press("G")
        await seen(stage, pilot, "o only: block")
        await pilot.press("H")
        await seen(stage, pilot, "G         only", "ctrl+t    find")
        await pilot.press("escape", "ctrl+t")
        await seen(stage, pilot, "find; Esc shows all")


async def test_two_keys_change_places() -> None:
    stage = Stage(lived_in(), dressed(keys={"release": "t", "picture": "r"}))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("2")
        await seen(stage, pilot, "r picture", "t release")
        await pilot.press("t")
        await seen(stage, pilot, "elease")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"release": "t"}, '"picture" and "release" are both on the key t.'),
        ({"release": "R", "escalate": "R"}, '"release" and "escalate" are both on the key R.'),
        ({"help": "/"}, '"find" and "help" are both on the key /.'),
        ({"relaese": "R"}, 'no key named "relaese"'),
        ({"release": "tt"}, '"tt" is no key for release'),
        ({"release": "ctrl+a"}, '"ctrl+a" is no key for release'),
        ({"release": ""}, "is no key for release"),
        ({"release": "a,b"}, "is no key for release"),
    ],
)
def test_a_key_that_would_do_two_things_or_nothing_is_refused_by_name(
    keys: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Stage(lived_in(), dressed(keys=keys))
    assert words in refused.value.message
    assert refused.value.hint


def test_the_same_key_may_serve_on_two_screens_that_never_show_together() -> None:
    assert keymap_of({"compare": "t"}) == {"compare": "t"}


def test_without_a_wish_keys_are_as_delivered() -> None:
    assert keymap_of({}) == {}
    assert ConsoleApp.BINDINGS
