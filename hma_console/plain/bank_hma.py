"""The commands for banks of HMA: made there, switched, mirrored to it and read from it."""

from __future__ import annotations

from bridge.catalogue import FROM_HMA, Bank, Category
from bridge.errors import InputError
from hma_console import mirroring
from hma_console.plain.desk import Command, Desk
from hma_console.words import safe


async def new_bank(desk: Desk, typed: str) -> None:
    name = typed or await desk.talk.ask("Name of the bank, capitals, digits and _:")
    kind = await desk.talk.ask("Category, Enter takes own:") or Category.OWN.value
    try:
        category = Category(kind.replace(" ", "_").lower())
    except ValueError:
        raise InputError("That category is unknown.", "say new hma bank again.") from None
    bank = Bank(name, category, threshold=category.default_threshold, origin=FROM_HMA).check()
    made = await desk.client.make_bank(bank, as_policy_says=True)
    desk.talk.say(f"Bank {safe(made.name)}: it was made in HMA.")


async def on(desk: Desk, typed: str) -> None:
    await _switch(desk, typed, on=True)


async def off(desk: Desk, typed: str) -> None:
    await _switch(desk, typed, on=False)


async def _switch(desk: Desk, typed: str, *, on: bool) -> None:
    name = typed or await desk.talk.ask("Which bank of HMA:")
    await desk.client.switch_bank(name, on=on)
    desk.talk.say(f"Bank {safe(name)}: {'on' if on else 'off'} in HMA.")


async def mirror(desk: Desk, typed: str) -> None:
    name = typed or await desk.talk.ask("Which bank of your own:")
    desk.talk.say(await mirroring.mirror(desk.client, name, desk.talk.say))


async def pull(desk: Desk, typed: str) -> None:
    source = typed or await desk.talk.ask("Which bank of HMA:")
    name = await desk.talk.ask("Into which bank of your own:")
    desk.talk.say(await mirroring.pull(desk.client, name, source, desk.talk.say))


COMMANDS = (
    Command(("new hma bank",), (), "makes a bank in HMA", new_bank),
    Command(("switch on",), (), "switch on LIST has a bank of HMA match", on),
    Command(("switch off",), (), "switch off LIST has it match nothing", off),
    Command(("mirror",), (), "mirror mine puts a bank of yours into HMA", mirror),
    Command(("pull",), (), "pull LIST reads a bank of HMA into yours", pull),
)
