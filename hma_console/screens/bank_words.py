"""A bank in words: what stands below the list of banks, and how an import goes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bridge.catalogue import OnMatch, Role
from bridge.signals import MINIMUM_QUALITY
from hma_console.answers import BankRow
from hma_console.look import Look, Meaning
from hma_console.status import Imported, Job
from hma_console.words import ago, safe, size

ON_MATCH = {OnMatch.LOG: "log", OnMatch.REVIEW: "review", OnMatch.TAKEDOWN: "take down"}
DOES = {
    OnMatch.LOG: "a match is only noted",
    OnMatch.REVIEW: "a match opens a case and asks you",
    OnMatch.TAKEDOWN: "a match is planned to be taken down",
}
_BAR = 40
_UNREAD = 3


def from_when(row: BankRow | None, here: str = "matching already") -> str:
    """How what was added now matches: HMA builds its index and loads it first."""
    return "HMA matches it within two minutes" if row is not None and row.is_of_hma else here


def preview(
    bank: BankRow, job: Job | None, now: int, look: Look, of_lists: Sequence[Text] = ()
) -> list[Text]:
    """What a bank holds and does, or the progress of the import that runs into it.

    Lines of the lists that fill it stand in the place of what it is about, and of when it was updated.
    """
    if job is not None:
        return _progress(job, now, look)
    entries = " · ".join(f"{name} {number:,}" for name, number in bank.signals if number)
    entries = _elsewhere(bank) or entries
    does = "takes a match back" if bank.role is Role.ALLOW else DOES[bank.on_match]
    if bank.mode.value == "shadow":
        does = "shadow: matches are shown, nothing is done"
    about = look.line(_label("About", look), safe(bank.description) or "nothing noted")
    updated = f"{ago(bank.updated_at, now)} · made {ago(bank.created_at, now)}"
    lines = [
        *(of_lists or [about]),
        look.line(_label("Entries", look), entries or "none yet: it matches nothing"),
        look.line(
            _label("Matches", look),
            f"distance {bank.threshold} or less · quality {MINIMUM_QUALITY} or better",
        ),
        look.line(_label("Then", look), does),
    ]
    if not of_lists:
        lines.append(look.line(_label("Updated", look), updated))
    if bank.category.is_listed:
        lines.append(look.say("Values of this bank are never shown, logged or exported.", Meaning.MUTED))
    return lines


def _elsewhere(bank: BankRow) -> str:
    """Of a bank whose entries are not here: where they are, and whether they match there."""
    if bank.is_of_arachnid:
        return "at Arachnid Shield; g says whether it is asked"
    if not bank.is_of_hma:
        return ""
    if bank.share is None or bank.share >= 1:
        return "in HMA, which tells neither what nor how many"
    if not bank.share:
        return "in HMA, where it is off: it matches nothing"
    return f"in HMA, on for {bank.share * 100:.3g} % of its look-ups; here all are compared"


def unread(imported: Imported, look: Look) -> list[Text]:
    """What the last import into the bank came to, and the first lines that were not read."""
    lines = [look.say(f"Import: {imported.added:,} added, {imported.already:,} there already")]
    lines.append(look.say(f"{imported.bad_count:>11,}  not read", Meaning.STRONG))
    shown = imported.bad[:_UNREAD]
    lines += [look.say(f"{'':13}line {one.line:,}  {safe(one.why)}") for one in shown]
    if more := imported.bad_count - len(shown):
        lines.append(look.say(f"{'':13}and {more:,} more", Meaning.MUTED))
    return lines


def _label(words: str, look: Look) -> Text:
    return look.say(f"{words:<11}", Meaning.MUTED)


def _progress(job: Job, now: int, look: Look) -> list[Text]:
    share = job.share
    whole = f" of {size(job.bytes_total)}" if job.bytes_total is not None else ""
    filled = round((share or 0) * _BAR)
    bar = f"{'█' * filled}{'░' * (_BAR - filled)}   {share * 100:.0f} %   " if share is not None else ""
    lines = [
        look.say(f"Import begun by {safe(job.actor)} {ago(job.started_at, now)}"),
        look.say(f"{bar}{size(job.bytes_read)}{whole}, {job.lines:,} lines"),
        look.say(f"{job.added:>11,}  added, and matching already"),
        look.say(f"{job.already:>11,}  there already"),
    ]
    bad = [f"line {one.line:,}  {safe(one.why)}" for one in job.bad[:2]]
    lines.append(look.say(f"{job.bad_count:>11,}  not read   {bad[0] if bad else ''}"))
    lines += [look.say(f"{'':23}{words}") for words in bad[1:]]
    return lines


def came_to(imported: Imported) -> str:
    """How an import went."""
    bad = f", {imported.bad_count:,} not read" if imported.bad_count else ""
    first = f" (line {imported.bad[0].line:,}: {safe(imported.bad[0].why)})" if imported.bad else ""
    return f"{imported.added:,} added, {imported.already:,} there already{bad}{first}."
