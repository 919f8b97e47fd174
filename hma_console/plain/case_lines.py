"""Cases in sentences: one line in the Queue, and all that is known of an open one."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.catalogue import Category
from bridge.decisions import Choice
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail, Decision, Kept
from hma_console.panic_sheet import panic_sheet
from hma_console.plain.findings import found, lists_of, taken_down
from hma_console.plain.lines import told
from hma_console.plain.upload_lines import distance_words, file_line
from hma_console.screens.upload_words import account
from hma_console.words import age, ago, counted, day, handle, quality, reported, safe

YOU_CAN = (
    "You can: t picture, p post, A account, r release, f false match.",
    "You can: e escalate, z later, c note, n next case.",
    "You can: w who else, h history, b own bank, x export, u undo.",
    "You can: y the ids in full.",
)


def case_line(number: int, row: CaseRow, short: str, now: int) -> str:
    """What it is and how sure, then how large, how old and whose."""
    how = distance_words(row.closest)[:2] if row.closest else [found(row)[0].rstrip(".")]
    first = told(f"{number}, case {short}", [row.category.words, *how])
    lists = [lists_of(row)] if lists_of(row) else []
    state = [f"open for {age(row.opened_at, now)}"] if row.state == "open" else ["decided"]
    second = told("It has", [counted(row.file_count, "file"), *lists, *state, account(row)], "")
    return f"{first} {second}"


def case_lines(case: CaseDetail, short: str, now: int, country: str) -> Iterator[str]:
    """`country` is the operator's: a child-safety case says first what its law asks."""
    row = case.row
    if row.category is Category.CHILD_SAFETY and row.state == "open":
        yield "Panic sheet: this case is about child safety. You need not look."
        yield from panic_sheet(country)
    is_open = f"open for {age(row.opened_at, now)}" if row.state == "open" else "decided"
    yield told(f"Case {short}", [row.category.words, account(row), is_open])
    yield told("Summary", [_lowered(found(row)[0])])
    yield from _match(row)
    yield from _account(case, now)
    others = case.facts.others
    yield told("Same", [f"{counted(others, 'other account')} here has it" if others else "nobody else here"])
    yield told("Past", [_past(case)])
    if row.reporters:
        yield told("Reported", reported(row.reporters, row.report_reason).split(" · "))
    yield told("Done", [_lowered(taken_down(row))])
    yield from _evidence(case.evidence, now)
    for decision in case.decisions:
        yield _decision(decision, now)
    waiting = {file.id for file in case.waiting}
    for number, file in enumerate(row.files, 1):
        yield file_line(number, file, waits=file.id in waiting)
    for note in case.facts.notes:
        yield told(f"Note by {safe(note.actor)} {ago(note.at, now)}", [safe(note.text)])
    if row.state == "open":
        yield from YOU_CAN


def _match(row: CaseRow) -> Iterator[str]:
    if row.closest is None:
        return
    graded = [quality(row.closest.quality)] if row.closest.quality is not None else []
    yield told("Match", [safe(row.closest.bank), *distance_words(row.closest), *graded])


def _account(case: CaseDetail, now: int) -> Iterator[str]:
    facts, row = case.facts, case.row
    since = [f"the first {ago(facts.first_at, now)}"] if facts.first_at is not None else []
    if row.did:
        named = [handle(case.handle)] if case.handle else []
        yield told("Account", [*named, safe(row.did), counted(facts.uploads, "upload"), *since])
    else:
        yield told("Account", [account(row)])
    if not facts.earlier:
        yield "Earlier: no other case of this account is known."
    for each in facts.earlier:
        how = Choice(each.choice).done if each.choice else "open"
        yield told(f"Earlier {safe(each.id[:4])}", [how, ago(each.opened_at, now)])


def _past(case: CaseDetail) -> str:
    facts = case.facts
    if case.row.closest is None:
        return "no entry of a list is in question"
    if not facts.decided:
        return "nothing with this entry was decided before"
    return f"this entry was wrong here {facts.wrong} of {counted(facts.decided, 'time')}"


def _evidence(evidence: tuple[Kept, ...], now: int) -> Iterator[str]:
    kept = sum(each.has_bytes and not each.destroyed_at for each in evidence)
    untils = [each.destroy_at for each in evidence if each.destroy_at and not each.destroyed_at]
    until = [f"until {day(max(untils))}"] if untils else []
    if evidence:
        yield told("Evidence", [f"kept of {kept} of {counted(len(evidence), 'file')}", *until])


def _decision(decision: Decision, now: int) -> str:
    """The newest may be in force, or taken back."""
    parts = [decision.choice.done, f"by {safe(decision.actor)}", ago(decision.at, now)]
    undone = ["undone"] if decision.undone_at is not None else []
    return told("Decision", [*parts, f"reason {safe(decision.reason)}", *undone])


def _lowered(sentence: str) -> str:
    """As it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]
