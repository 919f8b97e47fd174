"""The commands for cases: the Queue, one case, its notes, the next one."""

from __future__ import annotations

from bridge.catalogue import Category
from bridge.errors import InputError
from hma_console.plain.case_lines import case_line, case_lines
from hma_console.plain.desk import Command, Desk, later, numbers_of
from hma_console.plain.lines import told
from hma_console.words import ago, counted, short_ids

STATES = ("waiting", "later", "decided", "all")
AT_ONCE = 50
"""Cases told at once; the most pressing come first, and more can be heard after them."""
LIST, OPEN = ("queue",), ("case",)


async def queue(desk: Desk, typed: str) -> None:
    """The cases that wait; a word of STATES lists others."""
    desk.go("queue")
    if typed and typed not in STATES:
        raise InputError(f"The queue has no {typed[:20]!r}.", f"say one of {', '.join(STATES)}.")
    if typed:
        desk.only["queue"] = typed
    await _list(desk)


async def _list(desk: Desk) -> None:
    state = desk.shows("waiting")
    page = await desk.client.deciding.page(state)
    desk.cases, desk.chosen = page.cases[:AT_ONCE], ()
    if not page.cases:
        desk.talk.say(await _why_empty(desk, state))
        return
    desk.talk.say(told("Queue", [f"{counted(page.total, 'case')}, {state}", "most pressing first"]))
    short = short_ids(row.id for row in desk.cases)
    now = desk.clock()
    desk.talk.say(*(case_line(at, row, short[row.id], now) for at, row in enumerate(desk.cases, 1)))
    if page.total > len(desk.cases):
        desk.talk.say(f"Queue: {page.total - len(desk.cases):,} more. Do: decide these first.")
    desk.talk.say("Queue: case 1 opens the first, and so on.")


async def _why_empty(desk: Desk, state: str) -> str:
    if state != "waiting":
        return f"Queue: no case is {state}." if state != "all" else "Queue: no case yet."
    last = (await desk.client.status()).cases.last_opened_at
    when = f" The last case was opened {ago(last, desk.clock())}." if last is not None else ""
    return f"Queue: nothing waits.{when}"


async def queue_only(desk: Desk, typed: str) -> None:
    desk.cycle(STATES)
    await _list(desk)


async def case(desk: Desk, typed: str) -> None:
    """By its number in the Queue, else by its id; the open one anew where none is named."""
    if not typed and desk.case is None and not desk.cases:
        await queue(desk, "waiting")
        if not desk.cases:
            return
    await open_case(desk, _named(desk, typed))


def _named(desk: Desk, typed: str) -> str:
    if not typed:
        return desk.case.row.id if desk.case else desk.cases[0].id
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(desk.cases):
        return desk.cases[int(typed) - 1].id
    return typed


async def open_case(desk: Desk, case_id: str) -> None:
    detail = await desk.client.deciding.case(case_id)
    desk.go("case")
    desk.case, desk.chosen = detail, ()
    country = (await desk.client.status()).country
    desk.talk.say(*case_lines(detail, desk.short_id(detail.row.id), desk.clock(), country))


async def next_case(desk: Desk, typed: str) -> None:
    """The one after the open one among those that wait, else the first of them."""
    page = await desk.client.deciding.page("waiting")
    desk.cases = page.cases[:AT_ONCE]
    ids = [row.id for row in desk.cases]
    here = ids.index(desk.case.row.id) if desk.case and desk.case.row.id in ids else -1
    if not ids or (here == 0 and len(ids) == 1):
        words = "no other case waits." if ids else "nothing waits now."
        if not ids:
            desk.go("queue")
        desk.talk.say(f"Queue: {words}")
        return
    await open_case(desk, ids[(here + 1) % len(ids)])


async def back(desk: Desk, typed: str) -> None:
    if desk.place == "case":
        await queue(desk, "")
    else:
        desk.talk.say("Nothing is open that could be closed.")


async def select(desk: Desk, typed: str) -> None:
    """Cases of the Queue, or files of the open case; nothing named takes the selection back."""
    if desk.case is not None:
        desk.chosen = numbers_of(typed, len(desk.case.row.files), "file")
        what = "file"
    else:
        desk.chosen = numbers_of(typed, len(desk.cases), "case")
        what = "case"
    number = counted(len(desk.chosen), what)
    desk.talk.say(f"Selected: {number}." if desk.chosen else "Selected: nothing.")


async def select_all(desk: Desk, typed: str) -> None:
    await select(desk, "all")


async def note(desk: Desk, typed: str) -> None:
    if desk.case is None:
        raise InputError("No case is open.", "open one, such as case 1.")
    words = typed or await desk.talk.ask("Note, Enter for none:")
    if not words:
        desk.talk.say("Note: none was written.")
        return
    await desk.client.deciding.note(desk.case.row.id, words)
    desk.talk.say(f"Note: written into case {desk.short_id(desk.case.row.id)}.")


async def by_hand(desk: Desk, typed: str) -> None:
    """A case of what a mail or a call named."""
    subject = typed or await desk.talk.ask("Address, DID, handle or CID:")
    if not subject:
        raise InputError("Nothing is named.", "paste the address.")
    desk.talk.say(told("Categories", list(Category)))
    kind = await desk.talk.ask("Category, Enter takes own:") or Category.OWN.value
    if kind.replace(" ", "_") not in tuple(Category):
        raise InputError(f"There is no category {kind[:20]!r}.", f"say one of {', '.join(Category)}.")
    takes_down = await desk.talk.ask("Take it down? Enter takes yes; else type no:") != "no"
    opened = await desk.client.open_case(subject, Category(kind.replace(" ", "_")), takes_down)
    await open_case(desk, opened)


COMMANDS = (
    Command(("queue",), ("2",), "the cases that wait; queue decided lists others", queue),
    Command(("only",), ("o",), "cycles waiting, later, decided, all", queue_only, LIST),
    Command(("case", "open"), (), "case 1 opens the first; case 7k2p that one", case),
    Command(("next", "next case"), ("n",), "the next case that waits", next_case),
    Command(("back",), (), "from the case to the queue", back),
    Command(("select",), (), "select 1 3 chooses cases, or files of the case", select, LIST + OPEN),
    Command(("select all",), ("*",), "chooses all of them", select_all, LIST + OPEN),
    Command(("note",), ("c",), "writes a note into the case", note, OPEN),
    Command(("open by hand",), (), "a case of what a mail or a call named", by_hand),
    later(("label",), ("l",), "Labelling", LIST + OPEN),
    later(("draft", "report"), ("d",), "Drafting a report", LIST + OPEN),
)
