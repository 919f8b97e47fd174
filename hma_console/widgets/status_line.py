"""Row 1: the state word, what waits, what was not checked, the banks, and on the right who and where."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from hma_console.known import Facts
from hma_console.standing import StateWord
from hma_console.status import LogStatus, Status
from hma_console.themes import Look, Meaning
from hma_console.watch_status import SelfTest
from hma_console.widgets.lines import Lines
from hma_console.words import age, clock, count, safe

_GAP = "  "


def state(facts: Facts, look: Look) -> Text:
    """The symbol and the word, with the number or the age that belongs to it."""
    word, said = facts.word, facts.word.value
    if facts.lost is not None:
        said = f"{said} {age(facts.lost.since, facts.now)}"
    elif word is StateWord.WAIT and facts.status is not None:
        said = f"{facts.status.cases.waiting} {said}"
    text = look.mark(word.meaning, said)
    if word is StateWord.OFFLINE:
        text.stylize("reverse")
    return text


class StatusLine(Lines):
    def tell(self, facts: Facts, look: Look) -> None:
        width = self.app.size.width
        right = _right(facts, look) if width >= 100 else None
        line = state(facts, look)
        room = width - (cell_len(right.plain) + 2 if right else 0)
        fields = _fields(facts, look)
        for field in _fitting(fields, room - cell_len(line.plain)):
            line = line + _GAP + field
        if right is not None:
            line = line + " " * max(2, width - cell_len(line.plain) - cell_len(right.plain)) + right
        self.show(line)


def _fields(facts: Facts, look: Look) -> list[tuple[Text, bool]]:
    """Each with whether it must stay however narrow the screen."""
    status = facts.status
    if status is None:
        return []
    old = Meaning.MUTED if facts.lost is not None else Meaning.PLAIN
    not_checked = status.uploads.not_checked
    return [
        (look.say(f"seen {count(status.uploads.total)}", old), False),
        (look.say(f"waiting {count(status.cases.waiting)}", old), True),
        (look.say(f"not checked {count(not_checked)}", Meaning.NOT_CHECKED if not_checked else old), True),
        (_banks(status, facts, look), not _banks_fine(facts)),
        (_log(status.log, facts, look), not _log_fine(status.log)),
        *_self_test(status.self_test, facts, look),
    ]


def _log_fine(log: LogStatus) -> bool:
    return not (log.trouble or log.unsigned or log.outside_fault or log.keys == "missing")


def _log(log: LogStatus, facts: Facts, look: Look) -> Text:
    """A tick where every entry is signed and the head copied outside; else how many are not signed."""
    if facts.lost is not None:
        return look.say("log", Meaning.MUTED)
    if log.trouble:
        return look.line("log ", look.say(Meaning.ALARM.symbol, Meaning.ALARM))
    if log.unsigned:
        return look.say(f"log {count(log.unsigned)} unsigned", Meaning.LOOK)
    meaning = Meaning.FINE if _log_fine(log) else Meaning.LOOK
    return look.line("log ", look.say(meaning.symbol, meaning))


def _self_test(test: SelfTest | None, facts: Facts, look: Look) -> list[tuple[Text, bool]]:
    """How old the newest is, and whether it passed; nothing before the first, which Home tells of."""
    if test is None:
        return []
    old = age(test.at, facts.now)
    if facts.lost is not None:
        return [(look.say(f"test {old}", Meaning.MUTED), False)]
    fine = test.is_fresh(facts.now)
    meaning = Meaning.FINE if fine else Meaning.LOOK if test.passed else Meaning.ALARM
    return [(look.line("test ", look.say(meaning.symbol, meaning), f" {old}"), not fine)]


def _banks_fine(facts: Facts) -> bool:
    troubled = {trouble.subject for trouble in facts.standing.troubles} if facts.standing else set()
    return not troubled & {"Banks", "Index", "HMA"}


def _banks(status: Status, facts: Facts, look: Look) -> Text:
    """Every entry that can match; a tick only where the index answers for all of them."""
    if facts.lost is not None:
        return look.say(f"banks {count(status.banks.entries)}", Meaning.MUTED)
    if not status.banks.block_lists:
        meaning = Meaning.LOOK if facts.word is StateWord.SET_UP else Meaning.ALARM
        return look.line("banks 0 ", look.say(meaning.symbol, meaning))
    settled = Meaning.FINE if _banks_fine(facts) else Meaning.LOOK
    mark = Meaning.UNDER_WAY if status.jobs else settled
    return look.line(f"banks {count(status.banks.entries)} ", look.say(mark.symbol, mark))


def _fitting(fields: list[tuple[Text, bool]], room: int) -> list[Text]:
    """Healthy fields go first when there is too little room: the last one, then the first."""
    kept = list(fields)
    while kept and sum(cell_len(_GAP) + cell_len(text.plain) for text, _ in kept) > room:
        spare = [place for place, (_, must) in enumerate(kept) if not must]
        if not spare:
            break
        kept.pop(spare[-1])
    return [text for text, _ in kept]


def _right(facts: Facts, look: Look) -> Text:
    link = look.say("bridge …" if facts.lost else "bridge ✓", Meaning.PLAIN if facts.lost else Meaning.FINE)
    host, user = safe(facts.options.host), safe(facts.options.user)
    rest = "   ".join(part for part in (host, user, clock(facts.now)[:5]) if part)
    return look.line(link, f" {rest}")
