"""What the Log says below its list: an entry, how far a check or export is, what it found."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.text import Text

from hma_console.log_answers import Checked, LogJob, LogRow
from hma_console.look import Look, Meaning
from hma_console.status import LogStatus
from hma_console.words import ago, counted, moment, safe

BAR_CELLS = 40


_KEYS = {"missing": "no key yet", "locked": "locked", "signing": "signed by an agent", "open": "unlocked"}


def state(log: LogStatus, now: int) -> str:
    """How the log is, for the line above the list."""
    parts = ["NOT TRUSTED"] if log.trouble else []
    parts.append(counted(log.entries, "entry", "entries"))
    parts.append(f"{log.unsigned:,} not signed" if log.unsigned else "all signed")
    parts.append(_KEYS.get(log.keys, log.keys))
    if log.outside_at is not None:
        parts.append(f"copied outside {ago(log.outside_at, now)}")
    return " · ".join(parts)


def entry_lines(row: LogRow, look: Look) -> list[Text]:
    where = f" · entry of case {safe(row.case_id[:4])}" if row.case_id else ""
    return [
        entry_head(row, look),
        look.say(f"leaf {row.hash}"),
        look.say(f"written by {safe(row.who)}{where}"),
        look.say("Names, DIDs and file ids are not in the log; they are kept beside it, erasable."),
    ]


def utc_day(row: LogRow) -> str:
    """As it is typed to find a day."""
    return moment(row.at)[:10]


def entry_head(row: LogRow, look: Look) -> Text:
    return look.say(f"{safe(row.what)} · {moment(row.at)} · {safe(row.type)}", Meaning.STRONG)


def job_lines(job: LogJob, look: Look) -> list[Text]:
    full = round(BAR_CELLS * job.percent / 100)
    bar = "█" * full + "░" * (BAR_CELLS - full)
    return [
        look.say(f"{job.kind} of {safe(job.what)}", Meaning.STRONG),
        look.say(f"{bar}  {job.percent} %"),
        look.say(f"{job.step.replace('_', ' ')}, {job.done:,} of {job.total:,}" if job.total else job.step),
        look.say("It goes on if you leave. X stops it; nothing of it is left then.", Meaning.MUTED),
    ]


def checked_lines(at: int, checked: Checked, look: Look, now: int, width: int) -> list[Text]:
    """`at` is when it was asked for, by the console's clock."""
    seconds = f"took {checked.took_ms / 1000:.1f} s"
    if checked.whole:
        head = look.mark(Meaning.FINE, f"Whole. Checked {ago(at, now)}, {seconds}.")
    else:
        head = look.mark(Meaning.ALARM, f"DAMAGED. Checked {ago(at, now)}, {seconds}.")
    said = [f"Proven: {each}." for each in checked.proven]
    said += [f"Not proven: {each}." for each in checked.not_proven]
    return [head, *_wrapped((*checked.problems, *said), look, width)]


def key_lines(fingerprint: str, look: Look) -> list[Text]:
    return [
        look.say("Our key; tell it the receiver by another way than the file (y copies):"),
        look.say(fingerprint, Meaning.STRONG),
    ]


def _wrapped(sentences: Sequence[str], look: Look, width: int) -> list[Text]:
    return [look.say(line) for each in sentences for line in wrap(safe(each), max(20, width))]
