"""A case in words: all that is needed to decide it without a picture. What strangers wrote is made safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridge.decisions import Choice
from bridge.signals import OtherType
from hma_console.words import counted, entry, moment, reported, safe

Json = dict[str, Any]


def row(case: Json) -> list[object]:
    """A line of the table of cases."""
    closest = case["closest"]
    return [
        case["id"],
        _state(case),
        _category(case),
        ", ".join(case["banks"]),
        case["file_count"],
        _closest(closest) if closest else _reported(case),
        account(case),
    ]


def _closest(match: Json) -> str:
    """The distance and what it means; of a hash that only HMA knows there is none."""
    likeness = str(match["likeness"])
    return likeness if match["hash_type"] == OtherType.OTHER else f"{match['distance']} {likeness}"


def lines(case: Json) -> Iterator[str]:
    """The whole case, a line at a time, safe for a terminal."""
    return (safe(line) for line in _told(case))


def _told(case: Json) -> Iterator[str]:
    yield f"Case {case['id']}, {_state(case)}: {_category(case)}, {account(case)}"
    yield from (f"  {line}" for line in _standing(case))
    for file in case["files"]:
        size = f"{file['width']}×{file['height']}" if file["width"] else ""
        waits = "waits  " if file["id"] in case["facts"]["waiting"] else ""
        yield "  " + "  ".join((file["id"], f"{waits}{file['media_type']} {size}", file["photo_id"]))
        if file["uri"]:
            yield f"    in {file['uri']}"
        yield from (f"    {_match(match)}" for match in file["matches"])
    yield from (f"  {_action(action)}" for action in case["actions"])
    yield from (f"  {_evidence(kept)}" for kept in case["evidence"])
    for report in case["reports"]:
        yield f"  {_report(report)}"
        yield from (f"    {line}" for line in report["reason"].splitlines())
    yield from _written(case)
    yield from _what_can_be_said(case)


def reasons(case: Json, choice: Choice) -> list[Json]:
    """Those that serve the choice in this case, the default first."""
    found: list[Json] = case["reasons"][choice.value]
    return found


def account(case: Json) -> str:
    return str(case["did"] or case["claimed_author"] or case["sender"] or "erased")


def who(actor: str) -> str:
    return actor.partition(":")[2] or actor


def _state(case: Json) -> str:
    if case["state"] == "open" and case["appealed_at"]:
        return "appealed"
    return "escalated" if case["state"] == "open" and case["escalated_at"] else str(case["state"])


def _category(case: Json) -> str:
    return str(case["category"].replace("_", " "))


def _standing(case: Json) -> Iterator[str]:
    facts = case["facts"]
    times = (
        ("opened", case["opened_at"]),
        ("appealed", case["appealed_at"]),
        ("escalated", case["escalated_at"]),
        ("put off until", case["later_until"]),
        ("decided", case["decided_at"]),
    )
    yield ", ".join(f"{what} {moment(at)}" for what, at in times if at)
    if closest := case["closest"]:
        yield f"closest: {_match(closest)}"
        past = counted(facts["decided"], "earlier decision")
        let_go = f"; {facts['wrong']} of them let it go" if facts["decided"] else ""
        yield f"its entry: {past}{let_go}"
    if facts["first_at"]:
        yield f"account: {counted(facts['uploads'], 'upload')} here since {moment(facts['first_at'])}"
    if facts["others"]:
        yield f"the very same picture: {counted(facts['others'], 'other account')}"
    for earlier in facts["earlier"]:
        how = earlier["choice"] or "open"
        yield f"earlier case {earlier['id']}: {_category(earlier)}, {moment(earlier['opened_at'])}, {how}"


def _written(case: Json) -> Iterator[str]:
    """What persons decided and wrote."""
    for made in case["decisions"]:
        done = f"{Choice(made['choice']).done} by {who(made['actor'])} ({made['reason']})"
        after = ", undone" if made["undone_at"] else ", appealed since" if made["superseded_at"] else ""
        yield f"  {moment(made['at'])}  {done}, {counted(len(made['uploads']), 'file')}{after}"
        yield from (f"    {line}" for line in made["note"].splitlines())
    for note in case["facts"]["notes"]:
        what = "appeal" if note["is_appeal"] else "note"
        yield f"  {moment(note['at'])}  {what}, taken by {who(note['actor'])}"
        yield from (f"    {line}" for line in note["text"].splitlines())


def _what_can_be_said(case: Json) -> Iterator[str]:
    if case["state"] != "open":
        return
    for choice in (Choice.TAKEDOWN, Choice.RELEASE, Choice.REMEMBER, Choice.ESCALATE):
        codes = ", ".join(one["code"] for one in reasons(case, choice))
        yield f"  {choice.value}: --reason {codes}"


def _reported(case: Json) -> str:
    return reported(case["reporters"], case["report_reason"]) if case["reporters"] else ""


def _report(report: Json) -> str:
    subject = report["subject"]
    about = subject.get("uri") or subject.get("did") or "erased"
    by = report["reporter"] or "erased"
    return f"{moment(report['reported_at'])}  {report['reason_type'].rpartition('#')[2]} by {by}: {about}"


def _evidence(kept: Json) -> str:
    name = f"evidence of {kept['upload_id']}"
    if kept["destroyed_at"]:
        return f"{name}: destroyed {moment(kept['destroyed_at'])}"
    parts = ["its bytes"] if kept["has_bytes"] else []
    parts += ["its record and account"] if kept["has_context"] else []
    without = f" ({kept['why']})" if kept["why"] else ""
    until = f", until {moment(kept['destroy_at'])}" if kept["destroy_at"] else ""
    return f"{name}: {' and '.join(parts) or 'nothing'}{without}{until}"


def _action(action: Json) -> str:
    if action["type"] == "block":  # what an app hears is the whole effect
        return f"{moment(action['planned_at'])}  the app was told to block it"
    trouble = f": {action['why']}" if action["why"] else ""
    named = f" {action['named']}" if action["named"] else ""
    what = f"{action['type']} of the {action['subject']}{named}"
    return f"{moment(action['planned_at'])}  {what}: {action['state']}{trouble}"


def _match(match: Json) -> str:
    what = f"{match['bank']}, {entry(match['entry_id'])}: {match['hash_type']}, {match['likeness']}"
    if match["hash_type"] == "pdq":
        what += f", distance {match['distance']}, {match['view']}, quality {match['quality']}"
    return what + (f" (taken back by {match['cancelled_by']})" if match["cancelled_by"] else "")
