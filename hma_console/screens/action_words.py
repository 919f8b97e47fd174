"""Actions in words: what is done on what, how it stands, and what its tries said."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from hma_console.acting import ActionRow
from hma_console.look import Look, Meaning
from hma_console.words import age, ago, cid, counted, did, end_cut, safe

TRIES_SHOWN = 4
WEBHOOK_TRIES = 10
"""After so many the bridge gives a message up; takedowns are tried until they stand."""
ONCE = "It cannot happen twice: each try carries the same key."
AS_ONCE = "Telling it twice is as telling it once."

_VERBS = {"takedown": "take down", "hold": "hold", "restore": "bring back"}
_SUBJECTS = {"blob": "picture", "record": "post"}
_OPINIONS = {"confirmed": "its entry was right", "false": "another picture"}
_OTHERS = {"block": "refuse the upload", "preserve": "keep evidence"}


def what(row: ActionRow) -> str:
    """`take down picture`, `webhook, perchpics`, `tell ncmec`."""
    if row.type in _VERBS:
        return f"{_VERBS[row.type]} {_SUBJECTS.get(row.subject, row.subject) or 'upload'}"
    if row.type == "feedback":
        return f"tell {safe(row.receiver)}"
    if row.message:
        who = "yours" if row.receiver == "operator" else safe(row.receiver.removeprefix("key:"))
        return f"{'notice' if row.type == 'notify' else 'webhook'}, {who}"
    return _OTHERS.get(row.type, safe(row.type))


def on(row: ActionRow) -> str:
    """The account it is about, else the app's photo, else the upload."""
    if row.did:
        return did(row.did)
    if row.named:
        return f"photo {safe(row.named)}"
    if row.type == "feedback":
        return _OPINIONS.get(row.message, safe(row.message))
    if row.message:
        return safe(row.message)
    return f"upload {safe(row.upload_id[:4])}" if row.upload_id else ""


def leaves_at(row: ActionRow, now: int) -> int | None:
    """When what waits for its undo window's end leaves; None where nothing of it waits."""
    return row.wait_until if row.state == "planned" and row.wait_until > now else None


def state(row: ActionRow, now: int, *, is_paused: bool = False) -> tuple[Meaning, str]:
    """How it stands: `leaves in 48 s`, `try 4 of 10, in 3 min`, `gave up after 10 tries`."""
    ended = f" {ago(row.ended_at, now)}" if row.ended_at is not None else ""
    if (at := leaves_at(row, now)) is not None:
        return Meaning.UNDER_WAY, f"leaves in {age(now, at)}"
    if row.is_open and row.trouble:
        return Meaning.LOOK, _next_try(row, now)
    match row.state:
        case "planned" if is_paused and (row.automatic or row.type == "hold"):
            return Meaning.TO_DO, "waits: it is paused"
        case "planned":
            return Meaning.UNDER_WAY, "waits its turn"
        case "running":
            return Meaning.UNDER_WAY, "sent, reading back" if row.type in _VERBS else "under way"
        case "failed":
            tries = f" after {counted(len(row.tries), 'try', 'tries')}" if row.tries else ""
            return Meaning.ALARM, f"gave up{tries}"
        case "confirmed":
            return Meaning.FINE, f"confirmed{ended}"
        case "cancelled":
            return Meaning.MUTED, f"cancelled{ended}"
        case other:
            return Meaning.PLAIN, safe(other)


def _next_try(row: ActionRow, now: int) -> str:
    if not row.attempts:
        return "waits for something, see below"
    of = f" of {WEBHOOK_TRIES}" if row.message else ""
    when = f"in {age(now, row.due_at)}" if row.due_at is not None and row.due_at > now else "now"
    return f"try {row.attempts + 1}{of}, {when}"


def state_cell(row: ActionRow, now: int, look: Look, *, is_paused: bool = False) -> Text:
    """The state, and that `u` undoes what has not left yet."""
    meaning, words = state(row, now, is_paused=is_paused)
    cell = look.mark(meaning, words) if meaning.symbol.strip() else look.say(f"  {words}", meaning)
    can_undo = leaves_at(row, now) is not None
    return look.line(cell, look.say("  u undo", Meaning.MUTED)) if can_undo else cell


def told(row: ActionRow, case: str, user: str, now: int, look: Look, width: int) -> Sequence[Text]:
    """Who decided and why, what each try said, what helps; `case` is its short id."""
    said = [decided(row, case, user, now), *ground(row)]
    if len(" ".join(said)) <= width:
        said = [" ".join(said)]
    lines = [look.say(end_cut(one, width)) for one in said]
    if row.trouble and not row.attempts:
        lines.append(look.say(end_cut(safe(row.trouble), width), Meaning.LOOK))
    first = max(row.attempts, len(row.tries)) - len(row.tries) + 1
    for number, each in list(enumerate(row.tries, first))[len(said) - 1 - TRIES_SHOWN :]:
        when = f"{ago(each.at, now):<13}"
        lines.append(look.say(end_cut(f"try {number:<3} {when} {safe(each.what)}", width)))
    if row.remedy:
        lines.append(look.say(end_cut(f"Do: {safe(row.remedy)}", width)))
    if row.is_open or row.state == "failed":
        lines.append(look.say(AS_ONCE if row.type == "feedback" else ONCE, Meaning.MUTED))
    return lines


def decided(row: ActionRow, case: str, user: str, now: int) -> str:
    of = f", case {case}" if case else ""
    if row.decided_by:
        by = row.decided_by.partition(":")[2] or row.decided_by
        who = "you" if row.decided_by == f"user:{user}" else safe(by)
        return f"Decided by {who} {ago(row.decided_at, now)}{of}."
    by_itself = "By policy, " if row.automatic else "Planned "
    return f"{by_itself}{ago(row.planned_at, now)}{of}."


def ground(row: ActionRow) -> Sequence[str]:
    """Its reason as a sentence, where it has one."""
    words = row.ground or (row.reason if row.reason != "decided" else "")
    return [f"Reason: {safe(words.rstrip('.'))}."] if words else []


def named(row: ActionRow) -> str:
    """What `y` copies: whatever names its subject in full."""
    return row.named or row.did or row.upload_id or row.case_id


def shown_name(row: ActionRow) -> str:
    return cid(row.named) if row.subject == "blob" else on(row) or safe(row.case_id[:4])
