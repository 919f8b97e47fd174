"""The report of a bundle, for people: one page of HTML without scripts or anything remote, and a CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import TextIO

from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.leaf import Leaf, time_text
from bridge.compliance.wording import words
from bridge.events import EventType

_COUNTED = ("uploads", "no_match", "not_checked", "unhashable")
COLUMNS = ("entry", "time", "who", "what", "case", "case_entry", "details", "disclosed", "leaf_type")


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a bundle is: what it contains in words, its key, `bundle.json`, the heads that were stamped."""

    what: str
    fingerprint: str
    facts: Mapping[str, JSON]
    stamps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is told: `who` by name where names are disclosed, `shown` what else is."""

    idx: int
    leaf: Leaf
    who: str
    shown: Mapping[str, JSON]

    @property
    def what(self) -> str:
        return words(self.leaf.type, self.leaf.facts)

    @property
    def details(self) -> str:
        return ", ".join(
            f"{name.replace('_', ' ')}: {value}" for name, value in sorted(self.leaf.facts.items())
        )

    @property
    def disclosed(self) -> str:
        return "; ".join(f"{name}: {_plain(value)}" for name, value in sorted(self.shown.items()))


class Report:
    """Takes the entries one by one: a CSV row each; of uploads without a match only the counts are kept.

    So an export of a long log holds in memory what people will read, not a million batches.
    """

    def __init__(self, csv_file: TextIO) -> None:
        self._rows = csv.writer(csv_file, lineterminator="\r\n")
        self._rows.writerow(COLUMNS)
        self._told: list[Entry] = []
        self._days: dict[str, list[int]] = {}
        self._times: tuple[int, int] | None = None
        self._count = self._batches = 0

    def add(self, entry: Entry) -> None:
        """RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front."""
        leaf = entry.leaf
        row = (
            entry.idx, time_text(leaf.at), entry.who, entry.what, leaf.case_id, leaf.case_seq or "",
            entry.details, entry.disclosed, leaf.type,
        )  # fmt: skip
        self._rows.writerow([_harmless(str(cell)) for cell in row])
        first, last = self._times or (leaf.at, leaf.at)
        self._times = min(first, leaf.at), max(last, leaf.at)
        self._count += 1
        if leaf.type == EventType.SCAN_BATCH:
            self._batches += 1
            counts = self._days.setdefault(_day(entry), [0] * len(_COUNTED))
            for place, name in enumerate(_COUNTED):
                counts[place] += int(leaf.facts.get(name, 0))
        else:
            self._told.append(entry)

    def html(self, about: ReportFacts) -> str:
        """The whole page; its style is in it."""
        style = (files("bridge.compliance") / "report.css").read_text()
        cases = {key: list(group) for key, group in groupby(sorted(self._told, key=_by_case), key=_case)}
        loose = cases.pop("", [])
        span = _between(*self._times) if self._times else "none"
        parts = [_summary(about, self._count, len(cases), span), _how_to_verify(about)]
        for case_id, own in cases.items():
            parts.append(
                f"<section><h2>Case {escape(case_id)}</h2>"
                f"<p>{_count(len(own), 'entry', 'entries')}, {_span(own)}.</p>{_table(own)}</section>"
            )
        if loose:
            parts.append(f"<section><h2>Entries without a case</h2>{_table(loose)}</section>")
        if self._days:
            parts.append(_uploads(self._days, self._batches))
        body = "\n".join(parts)
        title = escape(f"Compliance log: {about.what}")
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{title}</title>\n<style>\n{style}</style></head>\n"
            f"<body><main>\n{body}\n</main></body></html>\n"
        )


def _summary(about: ReportFacts, entries: int, cases: int, span: str) -> str:
    facts = about.facts
    hidden = "Names, accounts and files are not disclosed in this export."
    disclosed = facts["disclosed"]
    assert isinstance(disclosed, list)
    if disclosed:
        hidden = f"Disclosed: {', '.join(map(str, disclosed))}. All else stands as a commitment."
    rows = (
        ("Log", facts["origin"]),
        ("Contains", f"{about.what}: {_count(entries, 'entry', 'entries')} of {facts['size']:,}"),
        ("Cases", f"{cases:,}"),
        ("From, to (UTC)", span),
        ("Made", f"{facts['made']} with HMA Console {facts['tool']}"),
        ("Signed by the key", about.fingerprint),
        ("Head of the log", f"{facts['root']} covers {facts['size']:,} entries"),
        ("Disclosure", hidden),
    )
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return (
        "<header><p class='kind'>Export of a compliance log</p>"
        f"<h1>{escape(about.what[:1].upper() + about.what[1:])}</h1></header>"
        f"<table class='facts'>{cells}</table>"
    )


def _how_to_verify(about: ReportFacts) -> str:
    return (
        "<section><h2>How to verify this</h2><ol>"
        "<li>Compare the key above with the one you were told by another way than this bundle.</li>"
        "<li>Run the two commands in README.txt; they need only OpenSSH and sha256sum.</li>"
        f"<li>Run <code>python3 verify.py --fingerprint {escape(about.fingerprint)}</code>: it checks each "
        "entry's proof.</li></ol>"
        "<p><b>Proven</b>, when it verifies: these entries stand in the log as they were written, in this "
        "order; a case has no entry that was left out. <b>Not proven</b>: that the clock was right, that "
        "everything that happened was logged. This page is only a reading of the entries: what counts is "
        "log/entries.jsonl.</p></section>"
    )


def _table(entries: Iterable[Entry]) -> str:
    rows = "".join(
        f"<tr><td class='n'>{entry.idx:,}</td><td class='t'>{_day(entry)}<br>{_hour(entry)}</td>"
        f"<td>{escape(entry.who)}</td><td><b>{escape(entry.what)}</b>"
        f"{_line('small', entry.details)}{_line('shown', entry.disclosed)}</td></tr>"
        for entry in entries
    )
    return (
        "<table class='entries'><thead><tr><th>Entry</th><th>Time (UTC)</th><th>Who</th><th>What</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _uploads(days: Mapping[str, Sequence[int]], batches: int) -> str:
    """Uploads without a match are counted a commit; here a day."""
    rows = []
    for day, counts in sorted(days.items()):
        cells = "".join(f"<td class='n'>{count:,}</td>" for count in counts)
        rows.append(f"<tr><td>{escape(day)}</td>{cells}</tr>")
    names = ("Day", "Uploads", "No match", "Not checked", "Unhashable")
    heads = "".join(f"<th>{name}</th>" for name in names)
    return (
        "<section><h2>Uploads without a match</h2><p>Counted by day, from "
        f"{_count(batches, 'entry', 'entries')}.</p><table class='counts'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></section>"
    )


def _line(kind: str, text: str) -> str:
    return f"<div class='{kind}'>{escape(text)}</div>" if text else ""


def _case(entry: Entry) -> str:
    return entry.leaf.case_id


def _by_case(entry: Entry) -> tuple[str, int]:
    return entry.leaf.case_id, entry.idx


def _day(entry: Entry) -> str:
    return time_text(entry.leaf.at)[:10]


def _hour(entry: Entry) -> str:
    return time_text(entry.leaf.at)[11:19]


def _span(entries: Sequence[Entry]) -> str:
    times = [entry.leaf.at for entry in entries]
    return _between(min(times), max(times))


def _between(first: int, last: int) -> str:
    return f"{time_text(first)[:19]} to {time_text(last)[:19]}".replace("T", " ")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _plain(value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in sorted(value.items()) if inner != "")
    return canonical(value).decode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
