"""The commands that decide: a choice, its reason, a typed word where it weighs much, and undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.decisions import Choice, Wanted
from bridge.errors import InputError
from bridge.uploads import new_id
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail, Decided, Reason
from hma_console.deciding import NewDecision
from hma_console.plain.cases import LIST, OPEN, next_case
from hma_console.plain.desk import Command, Desk, Run, number_of, numbers_of
from hma_console.plain.lines import told
from hma_console.screens.upload_words import account_word
from hma_console.status import Undo
from hma_console.words import counted, safe

MOST_UNASKED = 10
"""Files or cases decided at once without typing their number."""
_FOLLOWS = (
    "False match: released, restored, and this picture is allowed from now on.",
    "False match: undo takes all of it back.",
)


async def decide(desk: Desk, choice: Choice, typed: str) -> None:
    """For the open case or some of its files, or for cases of the Queue. Raises InputError."""
    if desk.case is not None:
        wanted, details, number = _files(desk, desk.case, typed), [desk.case], len(desk.case.waiting)
        number = len(wanted[0].uploads) or number
    else:
        rows = _cases(desk, typed)
        wanted = [Wanted(row.id) for row in rows]
        details = [await desk.client.deciding.case(row.id) for row in _one_of_each(rows)]
        number = max(len(rows), sum(row.file_count for row in rows))
    if choice is Choice.REMEMBER:
        desk.talk.say(*_FOLLOWS)
    if not await _is_sure(desk, choice, wanted, details, number):
        desk.talk.say("Nothing was decided.")
        return
    reason = await _reason(desk, choice, _shared([detail.reasons for detail in details], choice))
    if reason is None:
        desk.talk.say("Nothing was decided.")
        return
    done = await desk.client.deciding.decide(NewDecision(wanted, choice, reason.code, new_id()))
    _tell(desk, done)
    if desk.case is None:
        desk.chosen, desk.cases = (), ()
    elif done.left and choice.decides:
        desk.talk.say("Case: other files of it wait still. case tells them.")
    else:
        await next_case(desk, "")


def _files(desk: Desk, case: CaseDetail, typed: str) -> list[Wanted]:
    numbers = numbers_of(typed, len(case.row.files), "file") if typed else desk.chosen
    return [Wanted(case.row.id, tuple(case.row.files[number - 1].id for number in numbers))]


def _cases(desk: Desk, typed: str) -> list[CaseRow]:
    numbers = numbers_of(typed, len(desk.cases), "case") if typed else desk.chosen
    if not numbers:
        raise InputError("No case is named.", "say its number after it, such as t 1.")
    return [desk.cases[number - 1] for number in numbers]


def _one_of_each(rows: Sequence[CaseRow]) -> list[CaseRow]:
    """One case of each category: reasons are the same within one."""
    return list({row.category: row for row in rows}.values())


def _shared(reasons: Sequence[Mapping[Choice, tuple[Reason, ...]]], choice: Choice) -> list[Reason]:
    """Those that fit all, in the order of the first. Raises InputError where none does."""
    first, *others = [each[choice] for each in reasons]
    shared = [one for one in first if all(one in other for other in others)]
    if not shared:
        raise InputError("No reason fits all of these.", "decide them one by one.")
    return shared


async def _is_sure(
    desk: Desk, choice: Choice, wanted: Sequence[Wanted], details: Sequence[CaseDetail], number: int
) -> bool:
    """What weighs much is typed out: the first part of an account's handle, else its DID's end, or a large
    number.
    """
    if choice is Choice.TAKEDOWN_ACCOUNT:
        if len(wanted) != 1:
            raise InputError("Accounts are taken down one at a time.", "open each case.")
        if not details[0].row.did:
            raise InputError("The account of this case is not known.", "take the picture down.")
        word = account_word(details[0].row, details[0].handle)
        return await desk.talk.ask(f"To take the account down, type {word}:") == word
    if number > MOST_UNASKED and choice.decides:
        return await desk.talk.ask(f"To decide all {number}, type {number}:") == str(number)
    return True


async def _reason(desk: Desk, choice: Choice, reasons: Sequence[Reason]) -> Reason | None:
    """The first where Enter is pressed; None where nothing is to be decided after all."""
    if len(reasons) == 1:
        return reasons[0]
    for number, one in enumerate(reasons, 1):
        desk.talk.say(told(f"Reason {number}", [safe(one.words)]))
    typed = await desk.talk.ask("Reason, Enter takes 1, back leaves:")
    if typed in ("back", "0"):
        return None
    coded = {one.code: one for one in reasons}
    return coded.get(typed) or reasons[number_of(typed or "1", len(reasons), "reason") - 1]


def _tell(desk: Desk, done: Decided) -> None:
    which = ", ".join(desk.short_id(case) for case in done.cases[:5])
    which = f"Case {which}" if len(done.cases) <= 5 else counted(len(done.cases), "case")
    files = [counted(done.files, "file")] if done.choice.decides else []
    desk.talk.say(told(which, [_what(done.choice), *files]))
    if done.kept_down:
        desk.talk.say(f"Kept down: {counted(done.kept_down, 'picture')}, for another case says so.")
    desk.undo = Undo(done.batch, done.choice, done.cases, done.files, "", desk.clock(), done.until)
    desk.undo_clock.watch(done.until)


def undo_line(undo: Undo, left: int) -> str:
    """`Undo: 30 s left for case 7k2p, released. u takes it back.`"""
    which = f"case {safe(undo.cases[0][:4])}" if len(undo.cases) == 1 else counted(len(undo.cases), "case")
    return f"{told('Undo', [f'{left} s left for {which}', _what(undo.choice)])} u takes it back."


async def undo(desk: Desk, typed: str) -> None:
    """The newest decision whose window is open, whoever made it."""
    newest = (await desk.client.status()).undo
    if newest is None:
        desk.talk.say("Undo: nothing can be undone now. actions, then u 1, reverses a takedown.")
        return
    done = await desk.client.deciding.undo(newest.batch)
    desk.undo = None
    desk.undo_clock.watch(None)
    short = desk.short_id(done.cases[0])
    which = f"case {short} waits" if len(done.cases) == 1 else f"{counted(len(done.cases), 'case')} wait"
    desk.talk.say(f"Undone: {_what(newest.choice)}; {which} again.")
    if done.told:
        desk.talk.say(f"Undone: {counted(done.told, 'effect')} had left and cannot be taken back.")
    if desk.place == "case":
        desk.case = await desk.client.deciding.case(done.cases[0])
        desk.talk.say(f"Case {short}: it is open here again; case tells it.")


def _what(choice: Choice) -> str:
    """What was done, or waits for the end of the undo window."""
    return "account goes down when undo ends" if choice is Choice.TAKEDOWN_ACCOUNT else choice.done


def _choosing(choice: Choice) -> Run:
    async def run(desk: Desk, typed: str) -> None:
        await decide(desk, choice, typed)

    return run


def _command(choice: Choice, key: str, words: str, *names: str) -> Command:
    return Command(names, (key,), words, _choosing(choice), LIST + OPEN)


COMMANDS = (
    _command(Choice.TAKEDOWN, "t", "takes the picture down", "take down", "take down picture"),
    _command(Choice.TAKEDOWN_RECORD, "p", "takes the post down with its pictures", "take down post"),
    _command(Choice.TAKEDOWN_ACCOUNT, "A", "takes the account down; asks for a word", "take down account"),
    _command(Choice.RELEASE, "r", "releases it", "release"),
    _command(Choice.REMEMBER, "f", "releases it for good", "false match"),
    _command(Choice.ESCALATE, "e", "asks somebody else", "escalate"),
    _command(Choice.LATER, "z", "puts it off", "later"),
    Command(("undo",), ("u",), "takes the newest decision back", undo),
)
