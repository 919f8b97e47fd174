"""What the PDS screen says above its list: how the PDS is watched, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

from bridge.alarm import PDS_PATIENCE, RETRY_PATIENCE
from bridge.verdicts import Verdict
from hma_console.answers import UploadRow
from hma_console.look import Look, Meaning
from hma_console.pds_status import GateStatus, PdsStatus, Takedowns
from hma_console.screens.upload_words import file_words, source_words
from hma_console.words import age, ago, cid, clock, count, counted, end_cut, reason, safe

BAR_CELLS = 20
COMPARED_EACH = 26 * 3600_000
"""Milliseconds within which all accounts are looked through again: once a day, and some patience."""
_LABEL = 11
OFF = (
    "Here a PDS is watched: every file that its records refer to is compared.",
    'To switch it on: [pds] url and mode = "firehose" in config.toml, then restart.',
)


def off_lines(look: Look, width: int) -> list[Text]:
    """While no PDS is watched: what for, and how."""
    return [look.say(f" {line}") for sentence in OFF for line in wrap(sentence, max(20, width - 2))]


def fact_lines(pds: PdsStatus, started_at: int, now: int, look: Look, width: int) -> list[Text]:
    """What does not fit into `width` cells is left out from the end, never cut within a number."""
    version = f" · PDS {safe(pds.version)}" if pds.version else ""
    host = end_cut(f" {safe(pds.host)}{version}", width)
    facts = pds_facts(pds, started_at, now)
    return [look.say(host, Meaning.STRONG), *(_drawn(fact, look, width) for fact in facts)]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line: its label and mark, none where it goes on from the line above, and what it says."""

    parts: tuple[str, ...]
    label: str = ""
    meaning: Meaning = Meaning.PLAIN


def pds_facts(pds: PdsStatus, started_at: int, now: int) -> list[Fact]:
    """How the PDS is watched, line by line."""
    return [
        *_firehose(pds, now),
        *_files(pds, now),
        *_gate(pds.gate, started_at, now),
        *_backfill(pds, now),
        _compare(pds, now),
        _takedowns(pds.takedowns),
    ]


def _drawn(fact: Fact, look: Look, width: int) -> Text:
    room = width - _LABEL - 3
    parts = list(fact.parts)
    while len(parts) > 1 and cell_len(" · ".join(parts)) > room:
        parts.pop()
    words = end_cut(" · ".join(parts), room)
    if not fact.label:
        return look.say(f"{'':{_LABEL + 3}}{words}")
    mark = look.say(fact.meaning.symbol, fact.meaning)
    return look.line(look.say(f" {fact.label:<{_LABEL}}", Meaning.MUTED), mark, f" {words}")


def next_words(row: UploadRow, now: int) -> str:
    """When it is tried again: `in 40 s`, `now`, or `needs you`."""
    if row.retry_at is None:
        return "needs you" if row.needs_you else "-"
    return f"in {age(now, row.retry_at)}" if row.retry_at > now else "now"


def told(row: UploadRow, look: Look) -> list[Text]:
    """The preview's two lines: why it was not checked; what it is, and what comes next."""
    if row.retry_at is not None:
        then = f"next try at {clock(row.retry_at)}"
    else:
        then = "not tried again by itself; a tries it" if row.needs_you else "not tried again"
    file = [file_words(row)] if row.size else []
    parts = [then, source_words(row), *file, cid(row.cid)]
    found = f" It is {row.verdict.words} so far." if row.verdict is not Verdict.NOT_CHECKED else ""
    return [look.say(f"{reason(row.reason)}{found}".strip()), look.say(" · ".join(parts), Meaning.MUTED)]


def _line(label: str, meaning: Meaning, *parts: str) -> Fact:
    return Fact(parts, label, meaning)


def _more(*parts: str) -> Fact:
    return Fact(parts)


def _firehose(pds: PdsStatus, now: int) -> list[Fact]:
    event = "no event yet" if pds.frame_at is None else f"last event {ago(pds.frame_at, now)}"
    cursor = (f"cursor {pds.seq:,}",) if pds.seq is not None else ()
    how = {"live": "live", "connecting": "connecting", "down": "down"}.get(pds.firehose, safe(pds.firehose))
    parts = (f"{how} for {age(pds.since, now)}", event, *cursor)
    if pds.firehose == "live":
        return [_line("Firehose", Meaning.FINE, *parts)]
    away = now - pds.since
    meaning = Meaning.UNDER_WAY if away < PDS_PATIENCE else Meaning.LOOK
    lines = [_line("Firehose", Meaning.ALARM if away >= RETRY_PATIENCE else meaning, *parts)]
    return (
        [*lines, _more(safe(pds.fault)), _more("Do: see that it runs, and pds.url in config.toml.")]
        if pds.fault
        else lines
    )


def _files(pds: PdsStatus, now: int) -> list[Fact]:
    """What the PDS is still asked for; why it gives nothing, unless the firehose said so already."""
    if pds.to_fetch:
        since = f", the oldest for {age(pds.to_fetch_oldest_at, now)}" if pds.to_fetch_oldest_at else ""
        words = f"{count(pds.to_fetch)} to fetch{since}"
    else:
        words = "none to fetch"
    if pds.fault and pds.firehose == "live":
        return [
            _line("Files", Meaning.LOOK, words),
            _more(safe(pds.fault)),
            _more("Do: see that the PDS runs. It is asked again by itself."),
        ]
    return [_line("Files", Meaning.UNDER_WAY if pds.to_fetch else Meaning.FINE, words)]


def _gate(gate: GateStatus | None, started_at: int, now: int) -> list[Fact]:
    if gate is None:
        return [
            _line("Gate", Meaning.TO_DO, "off: uploads get in before they are compared"),
            _more("On: [gate] mode in config.toml; then the proxy."),
        ]
    words = (f"mode {safe(gate.mode)}", f"{safe(gate.fail)} when unsure")
    if not gate.has_seen_any:
        return [
            _line("Gate", Meaning.TO_DO, *words, f"started {ago(started_at, now)}"),
            _more("nothing came yet: does the proxy send uploadBlob here?"),
        ]
    counts = (
        f"{count(gate.let_in)} let in",
        f"{count(gate.held)} held",
        f"{count(gate.blocked)} blocked",
        f"{count(gate.unchecked)} not checked",
        f"PDS refused {count(gate.refused_by_pds)}",
    )
    return [
        _line("Gate", Meaning.FINE, *words, f"since the start {ago(started_at, now)}:"),
        _more(*counts),
    ]


def _backfill(pds: PdsStatus, now: int) -> list[Fact]:
    run = pds.backfill
    if run is None:
        return [_line("Backfill", Meaning.TO_DO, "not begun: it begins when the PDS answers")]
    if not run.is_under_way:
        return [_line("Backfill", Meaning.FINE, f"done; it took {age(run.begun_at, run.ended_at or now)}")]
    begun = (f"begun {ago(run.begun_at, now)}", "goes on after a restart")
    if pds.is_listing:
        words = f"reading the list of accounts: {count(pds.accounts_to_list)} so far"
        return [_line("Backfill", Meaning.UNDER_WAY, words), _more(*begun)]
    files = f"{count(run.fetched)} of {counted(run.blobs_found, 'file')}"
    if run.ended_at is None:
        whole = run.accounts_listed + pds.accounts_to_list
        words = (
            f"{_bar(run.accounts_listed, whole)}{count(run.accounts_listed)} of {counted(whole, 'account')}"
        )
        return [_line("Backfill", Meaning.UNDER_WAY, words), _more(files, *begun)]
    words = f"{_bar(run.fetched, run.blobs_found)}{files}"
    listed = f"{counted(run.accounts_listed, 'account')} listed"
    return [_line("Backfill", Meaning.UNDER_WAY, words), _more(listed, *begun)]


def _bar(done: int, whole: int) -> str:
    """`████░░░░  56 %  `; full only where all is done."""
    percent = 100 * done // whole if whole else 0
    full = BAR_CELLS * percent // 100
    return f"{'█' * full}{'░' * (BAR_CELLS - full)} {percent:3} %  "


def _compare(pds: PdsStatus, now: int) -> Fact:
    if pds.listed_at is None:
        return _line("Compare", Meaning.TO_DO, "not yet: all accounts are looked through each day")
    words, run = ago(pds.listed_at, now), pds.backfill
    if now - pds.listed_at >= COMPARED_EACH:
        return _line("Compare", Meaning.LOOK, f"{words}; it is due each day")
    if run is not None and run.ended_at is None:
        return _line("Compare", Meaning.FINE, f"{words}; now under way again")
    if run is not None:
        to_fetch = count(run.blobs_to_fetch) if run.blobs_to_fetch else "none"
        files = f"{counted(run.blobs_found, 'file')}, {to_fetch} to fetch"
        words += f": {counted(run.accounts_listed, 'account')}, {files}"
    return _line("Compare", Meaning.FINE, words)


def _takedowns(takedowns: Takedowns) -> Fact:
    remembered = (f"{count(takedowns.remembered)} remembered",) if takedowns.remembered else ()
    if not takedowns.number:
        return _line("Takedowns", Meaning.NO_MATCH, "none yet", *remembered)
    words = f"{count(takedowns.confirmed)} of {count(takedowns.number)} confirmed by reading back"
    if takedowns.failed:
        return _line("Takedowns", Meaning.ALARM, f"{count(takedowns.failed)} failed", words, *remembered)
    if takedowns.planned:
        words += f", {count(takedowns.planned)} under way"
    meaning = Meaning.UNDER_WAY if takedowns.planned else Meaning.FINE
    return _line("Takedowns", meaning, words, *remembered)
