"""The panes of a case as lines: the head, the facts of one file, notes, and what stands beside when wide."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

from bridge.catalogue import Category
from hma_console.answers import CaseRow, UploadRow
from hma_console.case_answers import CaseDetail, Note, Report
from hma_console.panic_sheet import panic_sheet
from hma_console.screens.case_words import (
    NO_ACCOUNT,
    account_words,
    appealed_words,
    clock_words,
    done_words,
    evidence_words,
    newest_action,
    past_words,
    policy_words,
    post_words,
    same_words,
    summary,
    true_lines,
)
from hma_console.screens.history_words import earlier_cases
from hma_console.screens.upload_words import account, closest, distance, file_words, measured
from hma_console.themes import Look, Meaning
from hma_console.words import age, ago, did, end_cut, entry, handle, quality, safe

_LABEL = 9


def head(
    detail: CaseDetail, title: str, file: UploadRow | None, country: str, width: int, look: Look, now: int
) -> list[Text]:
    """The case's own line, and the one sentence; at their right how long it is open, and its clock."""
    row = detail.row
    hit = (closest(file) if file else None) or row.closest
    stands = f"open for {age(row.opened_at, now)}" if row.state == "open" else "decided"
    if row.later_until > now:
        stands = f"put off for {age(now, row.later_until)}"
    clock = clock_words(row, country, now)
    sentence = summary(row, hit, newest_action(detail, file))
    return [
        _spread(look.say(f"Case {title}"), look.say(stands, Meaning.MUTED), width, look),
        _spread(
            look.say(sentence, Meaning.STRONG),
            look.say(clock[:1].upper() + clock[1:], Meaning.MATCHED),
            width,
            look,
        ),
    ]


def facts(
    detail: CaseDetail, file: UploadRow | None, country: str, room: int, look: Look, now: int
) -> list[Text]:
    """Ten lines and those that stand there only when they are true; where there is no room for all, those
    that say nothing go first.
    """
    row = detail.row
    known, counts = account_words(detail, now)
    who = account(row) if row.did or row.claimed_author or row.sender else "not known"
    if detail.handle:
        who = handle(detail.handle)
    lines = [
        *_match(row, file),
        ("file", f"{file_words(file)}, {ago(file.received_at, now)}" if file else "none"),
        ("post", post_words(detail, file)),
        ("account", " · ".join(part for part in (who, known) if part)),
        ("", counts),
        ("same", same_words(detail)),
        ("past", past_words(detail) if row.closest else "no entry matched"),
        *true_lines(detail, file, country, now),
        ("done", done_words(newest_action(detail, file), file, now)),
        ("", evidence_words(detail)),
    ]
    lines = [line for line in lines if line != ("", "")]
    for empty in _SAY_NOTHING:
        if len(lines) > room:
            lines = [line for line in lines if line != empty]
    return [
        look.line(look.say(f" {label:<{_LABEL}}", Meaning.MUTED), look.say(value)) for label, value in lines
    ]


_SAY_NOTHING = (
    ("", "upright"),
    ("post", "none is known"),
    ("", NO_ACCOUNT),
    ("past", "this entry was never decided here"),
    ("same", "nobody else here has this picture"),
)


def _match(row: CaseRow, file: UploadRow | None) -> list[tuple[str, str]]:
    hit = (closest(file) if file else None) or row.closest
    if hit is None:
        return [("match", "none: somebody reported it" if row.reporters else "none"), ("", ""), ("", "")]
    named = f", {entry(hit.entry)}" if hit.entry else ""
    far = " · ".join(part for part in (measured(hit), safe(hit.likeness)) if part)
    how = [safe(hit.view)] + ([quality(hit.quality)] if hit.quality is not None else [])
    allowed = f" · allowed by {safe(hit.cancelled_by)}" if hit.cancelled_by else ""
    return [
        ("match", f"{safe(hit.bank)}{named}"),
        ("", far),
        ("", f"{' · '.join(how)}{allowed}"),
    ]


def notes(detail: CaseDetail, country: str, width: int, look: Look, now: int) -> list[Text]:
    """What the policy asks, what operators and reporters wrote; of child safety first what to do and not."""
    lines: list[Text] = []
    if detail.row.category is Category.CHILD_SAFETY:
        sheet = [line for said in panic_sheet(country) for line in wrap(said, width - 2)]
        lines += [
            look.say(f" {line}", Meaning.PLAIN if number else Meaning.LOOK)
            for number, line in enumerate(sheet)
        ]
    else:
        lines += [look.say(f" {line}") for line in wrap(policy_words(detail.row), width - 2)]
    if appealed := appealed_words(detail.row, now):
        lines.append(look.say(f" {appealed}", Meaning.LOOK))
    for note in reversed(detail.facts.notes):
        if note.is_appeal and not note.text:
            continue
        lines += _wrapped(_by(note, now), note.text, width, look)
    for report in detail.reports:
        if report.reason:
            lines += _wrapped(_from(report, now), report.reason, width, look)
    return lines


def _by(note: Note, now: int) -> str:
    what = "appeal, taken by " if note.is_appeal else ""
    return f"{what}{safe(note.actor.partition(':')[2] or note.actor)}, {ago(note.at, now)}"


def _from(report: Report, now: int) -> str:
    who = did(report.reporter) if report.reporter else "a reporter"
    return f"{who}, {ago(report.reported_at, now)}"


def _wrapped(who: str, words: str, width: int, look: Look) -> list[Text]:
    said = " ".join(safe(line) for line in words.splitlines())
    return [look.say(f" {line}") for line in wrap(f"{who}: {said}", width - 2)]


def beside(
    order: Sequence[CaseRow], current: str, short: dict[str, str], rows: int, look: Look, now: int
) -> list[Text]:
    """Of a wide screen: the Queue as it was when the case was opened, around this one."""
    place = next((number for number, one in enumerate(order) if one.id == current), 0)
    start = max(0, min(place - rows // 2, len(order) - rows))
    lines = [look.say(f" {len(order):,} in the list", Meaning.MUTED)]
    for one in order[start : start + rows - 1]:
        mark = "▸" if one.id == current else " "
        far = distance(one.closest) if one.closest else "reported"
        cells = f"{short.get(one.id, one.id[:4]):<6}{age(one.opened_at, now):<7}"
        bank = end_cut(safe(", ".join(one.banks)), 9)
        text = look.say(f"{mark}{cells}{bank:<10}{far}")
        if one.id == current:
            text.stylize("reverse")
        lines.append(text)
    return lines


def account_pane(detail: CaseDetail, look: Look, now: int) -> list[Text]:
    """Of a wide screen: the account with all its cases."""
    row = detail.row
    title = handle(detail.handle) if detail.handle else account(row)
    lines = [look.say(f" ── {title} ".ljust(80, "─"), Meaning.MUTED)]
    lines += [look.say(f" {safe(row.did)}")] if row.did else []
    return lines + [look.say(f" {line}") for line in earlier_cases(detail, now)[1:]]


def rule(title: str, width: int, look: Look) -> Text:
    return look.say(f" ── {title} ".ljust(max(10, width - 1), "─"), Meaning.MUTED)


def _spread(left: Text, right: Text, width: int, look: Look) -> Text:
    room = width - cell_len(right.plain) - 3
    if cell_len(left.plain) > room and right.plain:
        left = look.say(end_cut(left.plain, room), Meaning.PLAIN)
    gap = max(1, width - 2 - cell_len(left.plain) - cell_len(right.plain))
    return look.line(" ", left, " " * gap, right)
