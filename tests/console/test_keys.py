from __future__ import annotations

from itertools import chain

import pytest
from textual.binding import Binding

from hma_console import keys
from tests.console.driving import Stage, opened, seen, until

SCREENS = {
    "home": keys.HOME,
    "feed": keys.FEED,
    "banks": keys.BANKS,
    "queue": keys.QUEUE,
    "pds": keys.PDS,
    "policy": keys.POLICY,
    "actions": keys.ACTIONS,
    "settings": keys.SETTINGS,
}


def single(bindings: list[Binding]) -> list[tuple[str, Binding]]:
    return [(key, one) for one in bindings for key in one.key.split(",")]


@pytest.mark.parametrize("name", SCREENS)
def test_on_each_screen_a_key_is_bound_once(name: str) -> None:
    bound = [key for key, _ in single([*keys.EVERYWHERE, keys.BACK, keys.OPEN, *keys.MOVES, *SCREENS[name]])]
    assert len(bound) == len(set(bound))


def test_every_binding_can_be_remapped_by_its_id() -> None:
    assert all(one.id for one in chain(keys.EVERYWHERE, keys.MOVES, *SCREENS.values()))


def test_one_key_has_one_meaning_on_all_screens() -> None:
    meanings: dict[str, str | None] = {}
    for key, one in chain.from_iterable(map(single, SCREENS.values())):
        if key not in "sX":  # "check now": the self-test, all accounts, a try; remove, drop, discard
            assert meanings.setdefault(key, one.id) == one.id, key


def test_keys_that_terminals_own_stay_unused() -> None:
    used = {key for key, _ in chain.from_iterable(map(single, [*SCREENS.values(), keys.EVERYWHERE]))}
    assert not used & {"ctrl+a", "ctrl+b", "ctrl+z"}
    assert not [key for key in used if key.startswith(("alt+", "f1"))]


@pytest.mark.parametrize("name", SCREENS)
async def test_every_key_of_every_screen_can_be_pressed(stage: Stage, name: str) -> None:
    digit, title = keys.SCREENS[name]
    common = [*keys.EVERYWHERE, keys.BACK, *keys.MOVES] if name == "home" else []
    pressed = [key for key, one in single([*common, *SCREENS[name]]) if one.id != "quit"]
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        for key in pressed:
            stage.app.action_go(name)
            await pilot.press(key, "escape")
            await until(pilot, lambda: len(stage.app.screen_stack) == 1)
        stage.app.action_go(name)
        await seen(stage, pilot, f"[{digit} {title}")


async def test_a_key_of_a_later_version_names_what_it_would_do(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await opened(stage, pilot)
        await pilot.press("x")
        await seen(stage, pilot, "The month's report comes with a later version.")
