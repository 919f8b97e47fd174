"""What a key of deciding would do: the files it means, the reasons to choose from, what must be typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.catalogue import Category
from bridge.decisions import Choice, Wanted
from hma_console.answers import CaseRow, Hit, UploadRow
from hma_console.case_answers import CaseDetail, Reason
from hma_console.screens.reasons import Question
from hma_console.screens.upload_words import account_word, closest
from hma_console.words import counted, safe

TYPED_ABOVE = 10
"""Files or cases; for more of them at once their number is typed."""

_PICTURES = (Choice.TAKEDOWN, Choice.TAKEDOWN_RECORD)
_TITLES = {
    Choice.TAKEDOWN: "Take down the picture",
    Choice.TAKEDOWN_RECORD: "Take down the post",
    Choice.TAKEDOWN_ACCOUNT: "Take down the account",
    Choice.RELEASE: "Release",
    Choice.REMEMBER: "False match: release for good",
    Choice.ESCALATE: "Escalate",
    Choice.LATER: "Later",
}
_FOLLOWS = {
    Choice.TAKEDOWN: "It is taken down at once; u brings it back.",
    Choice.TAKEDOWN_RECORD: "The posts and their pictures go down at once; u brings them back.",
    Choice.TAKEDOWN_ACCOUNT: "The account goes down when the time to undo has ended.",
    Choice.RELEASE: "What was held or taken down comes back.",
    Choice.REMEMBER: "Released and restored; this picture is allowed from now on.",
    Choice.ESCALATE: "It moves to the top of the Queue; nothing is let go.",
    Choice.LATER: "It comes back by itself; o shows it meanwhile.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A case that is meant; of its files `uploads`, those that wait where none are named."""

    case: CaseRow
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    choice: Choice
    wanted: tuple[Wanted, ...]
    question: Question


def is_weak(hit: Hit | None) -> bool:
    """Whether chance may have made the match: far, or near but of poor quality."""
    return hit is not None and hit.likeness.startswith("weak")


def needs_detail(choice: Choice, target: Target) -> bool:
    """Whether its files must be known one by one: weak ones are left out of a takedown."""
    return choice in _PICTURES and not target.uploads and target.case.file_count > 1


def without_weak(choice: Choice, targets: Sequence[Target]) -> tuple[tuple[Target, ...], int]:
    """Of several cases that were not selected one by one, those to take down; how many weak are left out."""
    if choice not in _PICTURES:
        return tuple(targets), 0
    sure = tuple(target for target in targets if not is_weak(target.case.closest))
    return (sure, len(targets) - len(sure)) if sure else (tuple(targets), 0)


def plan(
    choice: Choice,
    targets: Sequence[Target],
    details: Mapping[str, CaseDetail],
    titles: Sequence[str],
    left_out: int = 0,
) -> Plan:
    """`details` by case id: of each category one, and of each case that needs it."""
    wanted, files, weak = [], 0, left_out
    for target in targets:
        uploads, spared = _meant(choice, target, details.get(target.case.id))
        wanted.append(Wanted(target.case.id, uploads))
        waiting = details[target.case.id].waiting if target.case.id in details else ()
        files += len(uploads) or len(waiting) or target.case.file_count
        weak += spared
    typed, typed_for = _typed(choice, targets, files, details)
    return Plan(
        choice,
        tuple(wanted),
        Question(
            _title(choice, titles, files),
            _reasons(choice, targets, details),
            _follows(choice, targets, details, weak),
            typed,
            typed_for,
        ),
    )


def _meant(choice: Choice, target: Target, detail: CaseDetail | None) -> tuple[tuple[str, ...], int]:
    """The files named in the request, and how many weak ones are left out.

    What comes into the case while the reasons are read was not seen, so it is not meant: files are named
    wherever they are known. Of a case known by its row alone all are meant that wait.
    """
    if target.uploads or detail is None or not choice.decides:
        return target.uploads, 0
    waiting = detail.waiting
    sure = [file for file in waiting if not _weak_file(file)] if choice in _PICTURES else waiting
    meant = sure or waiting
    return tuple(file.id for file in meant), len(waiting) - len(meant)


def _weak_file(file: UploadRow) -> bool:
    return is_weak(closest(file))


def _title(choice: Choice, titles: Sequence[str], files: int) -> str:
    which = titles[0] if len(titles) == 1 else counted(len(titles), "case")
    return f"{_TITLES[choice]} · {which} · {counted(files, 'file')}"


def _reasons(
    choice: Choice, targets: Sequence[Target], details: Mapping[str, CaseDetail]
) -> tuple[Reason, ...]:
    """Those that fit every category among them, in the order of the first."""
    by_category: dict[Category, tuple[Reason, ...]] = {
        detail.row.category: detail.reasons[choice] for detail in details.values()
    }
    first, *others = (by_category[category] for category in _categories(targets))
    return tuple(one for one in first if all(one in other for other in others))


def _categories(targets: Sequence[Target]) -> list[Category]:
    return list(dict.fromkeys(target.case.category for target in targets))


def _follows(
    choice: Choice, targets: Sequence[Target], details: Mapping[str, CaseDetail], weak: int
) -> list[str]:
    lines = [_FOLLOWS[choice]]
    if choice is Choice.REMEMBER and len(targets) == 1 and (hit := targets[0].case.closest):
        wrong = details[targets[0].case.id].facts.wrong + 1
        lines.append(f"{safe(hit.bank)}'s entry was then wrong here {counted(wrong, 'time')}.")
    if weak:
        lines.append(f"{weak:,} {'is' if weak == 1 else 'are'} weak: not included unless selected.")
    return lines


def _typed(
    choice: Choice, targets: Sequence[Target], files: int, details: Mapping[str, CaseDetail]
) -> tuple[str, str]:
    """The word that must be typed, and what for; empty for none."""
    if len(targets) > TYPED_ABOVE:
        return str(len(targets)), ": so many cases are meant."
    if choice is Choice.TAKEDOWN_ACCOUNT and len(targets) == 1:
        case = targets[0].case
        return account_word(case, details[case.id].handle), " to take the account down."
    if choice is Choice.TAKEDOWN_ACCOUNT:
        return str(len(targets)), ": so many accounts are meant."
    return (str(files), ": so many files are meant.") if files > TYPED_ABOVE else ("", "")
