"""The Policy screen: another rule is tried, put in force by its bank's name, and undone."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.console.driving import Stage, opened, seen, until

SEVEN = "31 → 20 would have released 7 of the 9 cases you decided."


async def at_ncmec(stage: Stage, pilot: Pilot[None]) -> None:
    await opened(stage, pilot)
    await pilot.press("8")
    await seen(stage, pilot, "─ NCMEC ─", "2,114 matches of 90 days")


async def tried(stage: Stage, pilot: Pilot[None]) -> None:
    """Distance 20 is tried for NCMEC."""
    await at_ncmec(stage, pilot)
    await pilot.press(*["left"] * 11)
    await seen(stage, pilot, "◂ 20 ▸  (now 31)", SEVEN)


async def test_a_try_is_put_in_force_by_typing_its_bank_and_undone_by_one_key(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await tried(stage, pilot)
        assert stage.bridge.policy.asked == []
        await pilot.press("S")
        await seen(stage, pilot, "Put distance 20 in force: NCMEC")
        await pilot.press(*"ncmec", "enter")
        await seen(stage, pilot, "Type NCMEC to go on.")
        await pilot.press(*["backspace"] * 5, *"NCMEC", "enter")
        await seen(stage, pilot, "In force as version 1. u puts the one before back.", "◂ 20 ▸   2,114")
        assert stage.bridge.policy.asked == [{"bank": "NCMEC", "threshold": 20}]
        await pilot.press("u")
        await seen(stage, pilot, "The policy before is in force again, as version 2.", "◂ 31 ▸   2,114")


async def test_esc_puts_nothing_in_force_and_the_try_stands(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await tried(stage, pilot)
        await pilot.press("S")
        await seen(stage, pilot, "Type NCMEC")
        await pilot.press("escape")
        await until(pilot, lambda: len(stage.app.screen_stack) == 1)
        await seen(stage, pilot, "1 try not in force", SEVEN)
    assert stage.bridge.policy.asked == []


async def test_a_try_is_discarded_by_typing_its_bank_or_by_going_back_to_what_is(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await tried(stage, pilot)
        await pilot.press("X")
        await seen(stage, pilot, "Discard the try: NCMEC")
        await pilot.press(*"NCMEC", "enter")
        await seen(stage, pilot, "◂ 31 ▸   2,114", "← → try another distance")
        await pilot.press("left")
        await seen(stage, pilot, "1 try not in force")
        await pilot.press("right")
        await until(pilot, lambda: "not in force" not in stage.words())
        await pilot.press("S")
        await seen(stage, pilot, "Nothing is tried here.")


async def test_a_refused_change_is_said_and_the_try_stands(stage: Stage) -> None:
    refused = {"error": "BadBank", "message": "A child-safety bank always asks you.", "hint": "Leave it."}
    stage.bridge.policy.refusal = (400, refused)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await tried(stage, pilot)
        await pilot.press("S")
        await seen(stage, pilot, "Type NCMEC")
        await pilot.press(*"NCMEC", "enter")
        await seen(stage, pilot, "A child-safety bank always asks you. Leave it.", "1 try not in force")


async def test_enter_offers_only_what_the_bank_may_be(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_ncmec(stage, pilot)
        await pilot.press("enter")
        await seen(stage, pilot, "Try for NCMEC", "after: review")
        assert "mode: shadow" not in stage.words()
        assert "gate: block" not in stage.words()
        await pilot.press("escape", "down", "down")
        await seen(stage, pilot, "─ own ─")
        await pilot.press("enter")
        await seen(stage, pilot, "Try for own", "mode: shadow", "after: log", "gate: let in")
        await pilot.press("enter")
        await seen(stage, pilot, "mode shadow", "enforce → shadow")


async def test_without_a_change_there_is_nothing_to_undo(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_ncmec(stage, pilot)
        await pilot.press("u")
        await seen(stage, pilot, "No policy was changed yet: there is none to go back to.")


async def test_an_allow_bank_has_nothing_to_try(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_ncmec(stage, pilot)
        await pilot.press("end", "left")
        await seen(stage, pilot, "An allow bank opens no case: there is nothing to try.")


async def test_a_change_from_elsewhere_is_shown_at_once(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_ncmec(stage, pilot)
        stage.bridge.banks[0]["threshold"] = 18
        stage.bridge.policy.put(bank="NCMEC", threshold=31)
        stage.bridge.say("policy", {"version": 1})
        await seen(stage, pilot, "version 1 put in force", "◂ 18 ▸   2,114")


async def test_a_try_that_cannot_be_compared_says_why_in_its_place(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await at_ncmec(stage, pilot)
        stage.bridge.banks.pop(0)  # deleted from elsewhere, and not heard of yet
        await pilot.press("left")
        await seen(stage, pilot, "◂ 30 ▸  (now 31)", "There is no bank NCMEC. See 5 Banks.")
