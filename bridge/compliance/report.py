"""The report of a bundle, for people: one page of HTML without scripts or anything remote, and a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import groupby

from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.leaf import Leaf, time_text
from bridge.compliance.wording import words
from bridge.events import EventType

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


def report_csv(entries: Iterable[Entry]) -> str:
    """RFC 4180. What a spreadsheet would take for a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        leaf = entry.leaf
        row = (
            entry.idx, time_text(leaf.at), entry.who, entry.what, leaf.case_id, leaf.case_seq or "",
            entry.details, entry.disclosed, leaf.type,
        )  # fmt: skip
        writer.writerow([_harmless(str(cell)) for cell in row])
    return out.getvalue()


def report_html(about: ReportFacts, entries: Sequence[Entry]) -> str:
    style = (files("bridge.compliance") / "report.css").read_text()
    cases = {key: list(group) for key, group in groupby(sorted(entries, key=_by_case), key=_case)}
    loose = cases.pop("", [])
    counted = [entry for entry in loose if entry.leaf.type == EventType.SCAN_BATCH]
    others = [entry for entry in loose if entry.leaf.type != EventType.SCAN_BATCH]
    parts = [_summary(about, entries, len(cases)), _how_to_verify(about)]
    for case_id, own in cases.items():
        parts.append(
            f"<section><h2>Case {escape(case_id)}</h2>"
            f"<p>{_count(own, 'entry', 'entries')}, {_span(own)}.</p>{_table(own)}</section>"
        )
    if others:
        parts.append(f"<section><h2>Entries without a case</h2>{_table(others)}</section>")
    if counted:
        parts.append(_uploads(counted))
    body = "\n".join(parts)
    title = escape(f"Compliance log: {about.what}")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title>\n<style>\n{style}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _summary(about: ReportFacts, entries: Sequence[Entry], cases: int) -> str:
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
        ("From, to (UTC)", _span(entries)),
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


def _uploads(entries: Sequence[Entry]) -> str:
    """Uploads without a match are counted a commit; here a day."""
    rows = []
    for day, group in groupby(entries, key=_day):
        own = list(group)
        counts = [
            sum(int(entry.leaf.facts.get(name, 0)) for entry in own)
            for name in ("uploads", "no_match", "not_checked", "unhashable")
        ]
        cells = "".join(f"<td class='n'>{count:,}</td>" for count in counts)
        rows.append(f"<tr><td>{escape(day)}</td>{cells}</tr>")
    heads = "".join(
        f"<th>{name}</th>" for name in ("Day", "Uploads", "No match", "Not checked", "Unhashable")
    )
    return (
        "<section><h2>Uploads without a match</h2><p>Counted by day, from "
        f"{_count(entries, 'entry', 'entries')}.</p><table class='counts'><thead><tr>{heads}</tr></thead>"
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
    return (
        f"{time_text(min(times))[:19]} to {time_text(max(times))[:19]}".replace("T", " ") if times else "none"
    )


def _count(entries: Sequence[Entry], one: str, many: str) -> str:
    return f"{len(entries):,} {one if len(entries) == 1 else many}"


def _plain(value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in sorted(value.items()) if inner != "")
    return canonical(value).decode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
