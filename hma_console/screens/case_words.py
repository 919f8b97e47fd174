"""A case in words: how sure its match is, whether a look can help, and what is known around it."""

from __future__ import annotations

from bridge.catalogue import Category
from bridge.jurisdiction import PROFILES
from bridge.uploads import Source
from hma_console.answers import CaseRow, Hit, UploadRow
from hma_console.case_answers import CaseAction, CaseDetail
from hma_console.screens.history_words import ended
from hma_console.screens.plans import is_weak
from hma_console.words import age, ago, counted, day, report_reason, safe

NO_ACCOUNT = "not known as an account of this server"
_HOUR = 3_600_000


def sureness(row: CaseRow, hit: Hit | None) -> str:
    """How sure the match is."""
    if hit is None:
        if row.file_count:
            return "Nothing in it matches a list now."
        return "Reported; nothing was compared." if row.reporters else "No file is in it."
    if is_weak(hit):
        return "Weak match: look closer."
    if hit.likeness == "likely copy":
        return "Likely copy: look at the facts."
    return f"{safe(hit.likeness).removeprefix('the ').capitalize()}."


def summary(row: CaseRow, hit: Hit | None, action: CaseAction | None) -> str:
    """How sure the match is, whether a look can help, and whether there is a hurry; the one sentence that
    every case opens with.
    """
    sure = sureness(row, hit)
    if hit is not None and not is_weak(hit) and hit.likeness != "likely copy":
        what = "Very same bytes as" if hit.hash_type != "pdq" else f"{safe(hit.likeness).capitalize()} as"
        what = "Near-certain copy of one" if hit.likeness.startswith("near") else what
        where = f"on {safe(hit.bank)}'s list" if row.category.is_listed else f"in your bank {safe(hit.bank)}"
        sure = f"{what} {where}. You need not look."
    elif row.category is Category.CHILD_SAFETY:
        sure = f"{sure} Decide by the facts."
    return f"{sure} {_seen_by(row, action)}".strip()


def _seen_by(row: CaseRow, action: CaseAction | None) -> str:
    if action is None:
        return "It can be seen." if row.did else ""
    if action.type == "block":
        return "It was never let in. No hurry."
    if action.type == "restore":
        return "It can be seen again." if action.state == "confirmed" else ""
    if action.state == "confirmed":
        word = "held" if action.type == "hold" else "down"
        return f"It is {word}, nobody sees it. No hurry."
    return "It can still be seen." if action.state == "failed" else "It is being taken down."


def newest_action(detail: CaseDetail, file: UploadRow | None) -> CaseAction | None:
    """The newest takedown, hold or restoring of a file's picture; of a file that is alone, of anything."""
    told = [one for one in detail.actions if one.type != "preserve" and one.state != "cancelled"]
    of_file = [one for one in told if file is not None and file.cid and one.named == file.cid]
    is_alone = file is None or len(detail.row.files) == 1
    return max(of_file or (told if is_alone else []), key=lambda one: one.planned_at, default=None)


_DONE = {
    "hold": "held at the gate",
    "takedown": "taken down",
    "restore": "brought back",
    "block": "refused",
}


def done_words(action: CaseAction | None, file: UploadRow | None, now: int) -> str:
    if action is None:
        refused = file is not None and file.source == Source.GATE and not file.did
        return "refused at the gate" if refused else "nothing yet"
    what = _DONE.get(action.type, safe(action.type))
    if action.state == "confirmed":
        return f"{what} {ago(action.planned_at, now)} · confirmed"
    state = {"failed": "FAILED", "planned": "to be done", "running": "under way"}.get(action.state, "")
    return f"{what}: {state or safe(action.state)}"


def evidence_words(detail: CaseDetail) -> str:
    kept = detail.evidence
    if not kept:
        return "no evidence is kept"
    if all(one.destroyed_at is not None for one in kept):
        return "evidence was destroyed"
    what = "evidence" if any(one.has_bytes for one in kept) else "hashes alone"
    ends = [one.destroy_at for one in kept if one.destroy_at is not None]
    if ends:
        return f"{what} kept until {day(max(ends))}"
    if detail.row.category is Category.CHILD_SAFETY:
        return f"{what} kept; one year from the report"
    return f"{what} kept until you decide, and after"


def account_words(detail: CaseDetail, now: int) -> tuple[str, str]:
    """How long it is known; how many pictures and earlier cases it has."""
    facts = detail.facts
    known = f"known {_stay(now - facts.first_at)}" if facts.first_at is not None else ""
    earlier = facts.earlier
    if not detail.row.did:
        return "", NO_ACCOUNT
    past = "no earlier case"
    if earlier:
        last = "" if len(earlier) == 1 else "last "
        past = f"{counted(len(earlier), 'earlier case')}: {last}{ended(earlier[0])}"
    return known, f"{counted(facts.uploads, 'picture')} · {past}"


def _stay(passed: int) -> str:
    days = max(0, passed) // (24 * _HOUR)
    if days >= 730:
        return f"{days // 365} years"
    return f"{days // 30} months" if days >= 60 else counted(days, "day")


def same_words(detail: CaseDetail) -> str:
    others = detail.facts.others
    if not others:
        return "nobody else here has this picture"
    return f"{counted(others, 'other account')} here {'has' if others == 1 else 'have'} it: press w"


def past_words(detail: CaseDetail) -> str:
    facts = detail.facts
    if not facts.decided:
        return "this entry was never decided here"
    if not facts.wrong:
        return f"this entry was never wrong here, of {facts.decided:,}"
    return f"this entry was wrong here {counted(facts.wrong, 'time')} of {facts.decided:,}"


def post_words(detail: CaseDetail, file: UploadRow | None) -> str:
    posts = detail.facts.posts
    if posts:
        more = f", {len(posts) - 1:,} more" if len(posts) > 1 else ""
        return f"{safe(posts[0].rpartition('/')[2])}{more}"
    if file is not None and file.source == Source.GATE:
        return "none: stopped at the gate"
    return "none is known"


def true_lines(detail: CaseDetail, file: UploadRow | None, country: str, now: int) -> list[tuple[str, str]]:
    """Lines that stand there only when they are true, each under its name."""
    row, lines = detail.row, []
    if file is not None and any(hit.retroactive for hit in file.matches):
        was_open = row.opened_at < file.received_at
        when = "" if was_open else f"{age(file.received_at, row.opened_at)} "
        lines.append(("found", f"{when}later, when the list grew"))
    if row.reporters:
        when = f", {ago(detail.reports[0].reported_at, now)}" if detail.reports else ""
        lines.append(("reported", f"by {row.reporters:,}, {report_reason(row.report_reason)}{when}"))
    if row.category is Category.NCII and (clock := clock_words(row, country, now)):
        lines.append(("clock", clock))
    if detail.facts.alike:
        lines.append(("flood", f"{counted(detail.facts.alike, 'other open case')} with this entry"))
    if row.escalated_at:
        lines.append(("", f"escalated {ago(row.escalated_at, now)}"))
    return lines


def clock_words(row: CaseRow, country: str, now: int) -> str:
    """What the law of the operator's country gives time for; empty where it says nothing we know of."""
    profile = PROFILES.get(country.upper())
    if profile is None or row.state != "open":
        return ""
    if row.category is Category.CHILD_SAFETY:
        return "report soon"
    if row.category is Category.NCII and row.reporters:
        left = row.opened_at + profile.ncii_hours * _HOUR - now
        return f"{left // _HOUR} h of {profile.ncii_hours} h left" if left > 0 else "time is over"
    return ""


def appealed_words(row: CaseRow, now: int) -> str:
    """That somebody asked for another decision, and it waits; else nothing."""
    if not row.appealed_at or row.state != "open":
        return ""
    return f"Appealed {ago(row.appealed_at, now)}: it waits for another decision."


def policy_words(row: CaseRow) -> str:
    if row.action == "BLOCK":
        return "Policy takes it down." if row.did else "Policy says block; the app was told so."
    return f"Policy asks you: {row.category.words} matches are never decided by themselves."
