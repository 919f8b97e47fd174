"""The commands for banks: what uploads are compared with, made, filled, written out, removed."""

from __future__ import annotations

from pathlib import Path

from bridge.catalogue import Bank, Category, Role
from bridge.errors import InputError
from hma_console import bank_files
from hma_console.answers import BankRow
from hma_console.plain.bank_lists import list_line
from hma_console.plain.desk import Command, Desk
from hma_console.plain.jobs import import_job
from hma_console.plain.lines import told
from hma_console.screens.bank_words import DOES, from_when
from hma_console.screens.list_words import of_bank
from hma_console.status import Imported
from hma_console.typed_hash import typed_hash
from hma_console.words import ago, counted, safe

HERE = ("banks",)
BAD_LINES = 20
"""Lines that could not be read, told one by one."""


async def banks(desk: Desk, typed: str) -> None:
    desk.go("banks")
    rows = await desk.client.banks()
    if not rows:
        desk.talk.say("Banks: none yet, so nothing can match. Do: new bank.")
    desk.talk.say(*(bank_line(row, desk.clock()) for row in rows))
    desk.talk.say(*(list_line(one, desk.clock()) for one in (await desk.client.lists.all()).rows))


def bank_line(row: BankRow, now: int) -> str:
    does = "takes a match back" if row.role is Role.ALLOW else DOES[row.on_match]
    if row.mode.value == "shadow":
        does = "shadow: matches are shown, nothing is done"
    entries = row.place or counted(row.entry_count, "entry", "entries")
    parts = [
        row.category.words,
        entries,
        f"updated {ago(row.updated_at, now)}",
        counted(row.hit_count, "hit"),
    ]
    return f"{told(f'Bank {safe(row.name)}', parts)} {told('Then', [does])}"


async def add(desk: Desk, typed: str) -> None:
    """`i`: asks what to add and where to."""
    what = typed or await desk.talk.ask("Add what: list, hash, picture or bank:")
    asked = {"list": import_list, "hash": add_hash, "picture": add_picture, "bank": new_bank}
    if what not in asked:
        raise InputError(f"{what[:20]!r} cannot be added.", "say list, hash, picture or bank.")
    await asked[what](desk, "")


async def new_bank(desk: Desk, typed: str) -> None:
    name = typed or await desk.talk.ask("Name of the bank:")
    desk.talk.say(told("Categories", list(Category)))
    kind = await desk.talk.ask("Category, Enter takes own:") or Category.OWN.value
    part = await desk.talk.ask("Role, block or allow; Enter takes block:") or Role.BLOCK.value
    try:
        category, role = Category(kind.replace(" ", "_").lower()), Role(part.lower())
    except ValueError:
        raise InputError("That category or role is unknown.", "say new bank again.") from None
    bank = Bank(name=name, category=category, role=role, threshold=category.default_threshold).check()
    made = await desk.client.make_bank(bank)
    desk.talk.say(f"Bank {safe(made.name)}: it was made. i adds to it.")


async def import_list(desk: Desk, typed: str) -> None:
    bank, path = await _into(desk, typed, "Path of the list file:")
    size = await bank_files.size_of(path)
    reading = desk.client.import_list(bank, bank_files.pieces(path), size)
    imported = await import_job(desk, bank, reading)
    desk.talk.say(*import_lines(imported))


def import_lines(imported: Imported) -> list[str]:
    """What it came to, then each line that could not be read, with its number."""
    counts = [f"{imported.added:,} added", f"{imported.already:,} there already"]
    lines = [told("Import", [*counts, f"{imported.bad_count:,} not read"])]
    lines += [told(f"Line {bad.line:,} not read", [safe(bad.why)]) for bad in imported.bad[:BAD_LINES]]
    if more := imported.bad_count - len(imported.bad[:BAD_LINES]):
        lines.append(f"Import: {counted(more, 'more line')} could not be read.")
    return lines


async def add_hash(desk: Desk, typed: str) -> None:
    bank, digits = await _named(desk, typed, "Hash, hexadecimal: pdq, sha1, md5 or sha256:…:")
    signal = typed_hash(digits)
    added = await desk.client.add_hash(bank, signal)
    kind = signal.type.value.upper()
    done = f"added, and {await _when(desk, bank, 'it matches already')}" if added else "there already"
    desk.talk.say(f"Hash: {done}, as {kind}.")


async def add_picture(desk: Desk, typed: str) -> None:
    bank, path = await _into(desk, typed, "Path of the picture:")
    added = await desk.client.add_picture(bank, await bank_files.whole(path))
    when = await _when(desk, bank, "matching already")
    done = f"{counted(added, 'hash', 'hashes')} added, and {when}" if added else "there already"
    desk.talk.say(f"Picture: {done}.")


async def _when(desk: Desk, bank: str, here: str) -> str:
    row = next((row for row in await desk.client.banks() if row.name == bank), None)
    return from_when(row, here)


async def export(desk: Desk, typed: str) -> None:
    bank, path = await _into(desk, typed, "Path of the new file:")
    await bank_files.write(path, desk.client.export_bank(bank))
    desk.talk.say("Bank: written.", f"Path: {path}")


async def remove(desk: Desk, typed: str) -> None:
    name = typed or await desk.talk.ask("Name of the bank to remove:")
    filling = of_bank((await desk.client.lists.all()).rows, name)
    if filling:
        raise InputError(
            f"The list {filling[0].name} fills this bank.", f"say disconnect {filling[0].name}, then remove."
        )
    if await desk.talk.ask(f"To remove it with all entries, type {name}:") != name or not name:
        desk.talk.say("Nothing was removed.")
        return
    await desk.client.drop_bank(name)
    desk.talk.say(f"Bank {safe(name)}: removed; its entries match no more.")


async def _into(desk: Desk, typed: str, what: str) -> tuple[str, Path]:
    bank, path = await _named(desk, typed, what)
    return bank, bank_files.named(path)


async def _named(desk: Desk, typed: str, what: str) -> tuple[str, str]:
    """The bank and what goes into it or out of it: typed after the command, else asked for."""
    names = sorted((row.name for row in await desk.client.banks()), key=len, reverse=True)
    if not names:
        raise InputError("No bank is there.", "say new bank.")
    named = next((name for name in names if typed == name or typed.startswith(f"{name} ")), "")
    bank = named or (names[0] if len(names) == 1 else await desk.talk.ask("Into or from which bank:"))
    if bank not in names:
        raise InputError(f"There is no bank {bank[:30]!r}.", "say banks to hear their names.")
    return bank, typed.removeprefix(named).strip() or await desk.talk.ask(what)


COMMANDS = (
    Command(("banks",), ("5",), "what uploads are compared with", banks),
    Command(("add",), ("i",), "asks what to add and where to", add, HERE),
    Command(("new bank",), (), "makes a bank", new_bank),
    Command(("import", "import list"), (), "import mine list.csv reads a list in", import_list),
    Command(("add hash",), (), "adds one hash to a bank", add_hash),
    Command(("add picture",), (), "adds a picture's hashes to a bank", add_picture),
    Command(("export", "export bank"), ("x",), "writes an own bank to a file", export, HERE),
    Command(("remove", "remove bank"), ("X",), "removes a bank; asks for its name", remove, HERE),
)
