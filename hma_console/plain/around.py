"""The commands for what is around a case: who else has its pictures, the account's past, an own bank."""

from __future__ import annotations

from bridge.catalogue import Role
from bridge.errors import InputError
from hma_console.case_answers import CaseDetail
from hma_console.plain.desk import Command, Desk
from hma_console.plain.lines import told
from hma_console.screens.history_words import ended
from hma_console.words import ago, counted, safe

OPEN = ("case",)


def _open_case(desk: Desk) -> CaseDetail:
    """Raises InputError."""
    if desk.case is None:
        raise InputError("No case is open.", "open one, such as case 1.")
    return desk.case


async def who_else(desk: Desk, typed: str) -> None:
    others = await desk.client.deciding.others(_open_case(desk).row.id)
    if not others:
        desk.talk.say("Who else: nobody else here has it, nor a copy of the listed one.")
    for one in others:
        case = [f"case {safe(one.case_id[:4])}" if one.case_id else "in no case"]
        how = "same bytes" if one.is_same else "a copy"
        desk.talk.say(told("Who else", [safe(one.did), how, ago(one.received_at, desk.clock()), *case]))


async def history(desk: Desk, typed: str) -> None:
    """What the account did before, then what was decided in this case."""
    case, now = _open_case(desk), desk.clock()
    if not case.row.did:
        desk.talk.say("History: the account is not known to be one of this server.")
    elif not case.facts.earlier:
        desk.talk.say("History: no other case of this account is known.")
    for one in case.facts.earlier:
        kind = safe(one.category.replace("_", " "))
        desk.talk.say(told(f"Earlier {safe(one.id[:4])}", [kind, ended(one), ago(one.opened_at, now)]))
    for made in case.decisions:
        undone = ["undone"] if made.undone_at is not None else []
        who = safe(made.actor.partition(":")[2] or made.actor)
        desk.talk.say(told("Decision", [made.choice.done, f"by {who}", ago(made.at, now), *undone]))


async def own_bank(desk: Desk, typed: str) -> None:
    """Adds the hashes of the case's files, or of the chosen ones, to a bank of one's own."""
    case = _open_case(desk)
    own = [
        one.name for one in await desk.client.banks() if one.role is Role.BLOCK and not one.category.is_listed
    ]
    if not own:
        raise InputError("You have no bank of your own.", "say new bank.")
    name = typed
    if not name:
        desk.talk.say(told("Banks", [safe(one) for one in own]))
        name = await desk.talk.ask(f"Into which bank, Enter takes {safe(own[0])}:") or own[0]
    if name not in own:
        raise InputError(f"You have no bank {safe(name[:40])!r}.", "name one of your own.")
    files = [case.row.files[number - 1].id for number in desk.chosen]
    added = await desk.client.deciding.into_bank(case.row.id, name, files)
    desk.talk.say(told("Own bank", [f"{counted(added, 'hash', 'hashes')} added to {safe(name)}"]))


COMMANDS = (
    Command(("who else",), ("w",), "which other accounts have it, or a copy", who_else, OPEN),
    Command(("history",), ("h",), "what the account did before", history, OPEN),
    Command(("own bank",), ("b",), "its hashes go into a bank of yours; own bank mine", own_bank, OPEN),
)
