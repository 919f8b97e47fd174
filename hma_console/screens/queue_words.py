"""The Queue in words: the cells of a line, and what is told of its case below the list."""

from __future__ import annotations

from rich.text import Text

from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail
from hma_console.look import Look, Meaning
from hma_console.queue_rows import QueueLine
from hma_console.screens.case_words import (
    account_words,
    appealed_words,
    done_words,
    evidence_words,
    newest_action,
    past_words,
    policy_words,
    same_words,
    sureness,
)
from hma_console.screens.plans import is_weak
from hma_console.screens.upload_words import account, distance, distance_sentence
from hma_console.words import ago, counted, end_cut, handle, report_reason, reported, safe


def lists(row: CaseRow) -> str:
    """What brought the case about."""
    return safe(", ".join(row.banks)) or ("a report" if row.reporters else "")


def closest_cell(line: QueueLine) -> str:
    row = line.first
    if row.decided is not None:
        return end_cut(f"{row.decided.choice.done}, {_who(row)}", 19)
    if line.is_flood:
        return "alike, one line"
    if row.closest is None and row.reporters:
        return end_cut(f"by {row.reporters:,}, {report_reason(row.report_reason)}", 19)
    return distance(row.closest) if row.closest else ""


def account_cell(line: QueueLine) -> str:
    if not line.is_flood:
        return account(line.first)
    return counted(len({account(case) for case in line.cases}), "account")


def told(line: QueueLine, detail: CaseDetail | None, look: Look, now: int) -> list[Text]:
    """The preview: how sure it is, then what is known around it, as far as it was read."""
    if line.is_flood:
        return _flood(line, look, now)
    row = line.first
    hit = row.closest
    by = reported(row.reporters, row.report_reason) if row.reporters else ""
    second = " · ".join(part for part in (distance_sentence(hit) if hit else "", by) if part)
    files = f"{counted(row.file_count, 'file')} · {row.category.words}"
    files = f"{files} · {lists(row)}" if row.banks else files
    if detail is None:
        whose = f"{account(row)} · sent by {safe(row.sender)}" if row.sender else account(row)
        return [
            look.say(sureness(row, hit), Meaning.STRONG),
            look.say(second),
            look.say(f"{files} · opened {ago(row.opened_at, now)}"),
            look.say(whose),
            look.say(_decided(row, now) or appealed_words(row, now) or policy_words(row)),
        ]
    files_here = detail.row.files
    first_file = files_here[0] if len(files_here) == 1 else None
    done = done_words(newest_action(detail, first_file), first_file, now)
    who = handle(detail.handle) if detail.handle else account(row)
    known = " · ".join(part for part in (who, *account_words(detail, now)) if part)
    reports = "" if row.reporters else "  Nobody reported it."
    return [
        look.say(sureness(row, hit), Meaning.STRONG),
        look.say(second),
        look.say(f"{files} · opened {ago(row.opened_at, now)} · {done}"),
        look.say(known if row.did or not row.sender else f"{account(row)} · sent by {safe(row.sender)}"),
        look.say(_sentence(past_words(detail)) if hit else ""),
        look.say(f"{_sentence(same_words(detail))}{reports}"),
        look.say(
            _decided(row, now) or appealed_words(row, now) or _sentence(evidence_words(detail)), Meaning.MUTED
        ),
    ]


def _flood(line: QueueLine, look: Look, now: int) -> list[Text]:
    row, weak = line.first, sum(is_weak(case.closest) for case in line.cases)
    lines = [
        look.say(f"{len(line.cases):,} cases are close to one entry of {lists(row)}.", Meaning.STRONG),
        look.say(
            f"{account_cell(line)} · {row.category.words} · the oldest opened {ago(row.opened_at, now)}"
        ),
        look.say("A key decides all of them together; their number must be typed."),
        look.say("Enter shows each; Esc folds them again."),
    ]
    if weak == len(line.cases):
        lines.append(look.say("All of them are weak: look closer.", Meaning.MATCHED))
    elif weak:
        said = f"{weak:,} {'is' if weak == 1 else 'are'} weak: t and p leave them out."
        lines.append(look.say(said, Meaning.MATCHED))
    return lines


def _who(row: CaseRow) -> str:
    actor = row.decided.actor if row.decided else ""
    return safe(actor.partition(":")[2] or actor)


def _decided(row: CaseRow, now: int) -> str:
    if row.decided is None:
        return ""
    what = row.decided.choice.done.capitalize()
    return f"{what} by {_who(row)}, {ago(row.decided_at, now)}. u opens it again."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
