"""The commands for actions: what is to be done and did not work, tried again, dropped, reversed."""

from __future__ import annotations

from bridge.errors import InputError
from hma_console.acting import ActionRow
from hma_console.plain.deciding import undo
from hma_console.plain.desk import Command, Desk, number_of
from hma_console.plain.lines import told
from hma_console.words import age, ago, cid, counted, did, safe

ONLY = ("open", "failed", "all")
AT_ONCE = 50
HERE = ("actions",)


async def actions(desk: Desk, typed: str) -> None:
    desk.go("actions")
    if typed and typed not in ONLY:
        raise InputError(f"Actions have no {typed[:20]!r}.", f"say one of {', '.join(ONLY)}.")
    if typed:
        desk.only["actions"] = typed
    await _list(desk)


async def _list(desk: Desk) -> None:
    only = desk.shows("open")
    desk.actions = (await desk.client.acting.list(only))[:AT_ONCE]
    number = counted(len(desk.actions), "action") if desk.actions else "no action"
    desk.talk.say(told("Actions", [f"{number}, {only}" if only != "all" else number]))
    desk.talk.say(*(action_line(at, row, desk.clock()) for at, row in enumerate(desk.actions, 1)))


async def only(desk: Desk, typed: str) -> None:
    desk.cycle(ONLY)
    await _list(desk)


def action_line(number: int, row: ActionRow, now: int) -> str:
    """What, on what, and how it is; then why it waits and when it is tried next."""
    subject = "picture" if row.subject == "blob" else "post" if row.subject == "record" else row.subject
    what = f"{safe(row.type)} {subject}".strip()
    named = [cid(row.named)] if row.subject == "blob" else [did(row.did)] if row.did else []
    case = [f"case {safe(row.case_id[:4])}"] if row.case_id else []
    lines = told(f"{number}, {what}", [*_state(row, now), *named, *case])
    trouble = f" {told('Trouble', [safe(row.trouble)])}" if row.trouble else ""
    return f"{lines}{trouble}"


def _state(row: ActionRow, now: int) -> list[str]:
    if row.state == "planned" and row.wait_until > now:
        return [f"leaves in {age(now, row.wait_until)}"]
    if row.state in ("planned", "running") and row.attempts:
        due = [f"tried again in {age(now, row.due_at)}"] if row.due_at and row.due_at > now else []
        return [f"tried {counted(row.attempts, 'time')}", *due]
    said = {"planned": "waits", "running": "under way", "failed": "gave up", "cancelled": "dropped"}
    return [said.get(row.state, safe(row.state)), f"planned {ago(row.planned_at, now)}"]


def _row(desk: Desk, typed: str) -> ActionRow:
    return desk.actions[number_of(typed, len(desk.actions), "action") - 1]


async def tell_action(desk: Desk, typed: str) -> None:
    """With each try and what it said."""
    row, now = _row(desk, typed), desk.clock()
    desk.talk.say(action_line(int(typed), row, now))
    by = "policy, by itself" if row.automatic else "a person's decision"
    desk.talk.say(told("It is from", [by, *([f"reason {safe(row.reason)}"] if row.reason else [])], ""))
    for number, each in enumerate(row.tries, 1):
        desk.talk.say(told(f"Try {number}, {ago(each.at, now)}", [safe(each.what)]))


async def retry(desk: Desk, typed: str) -> None:
    done = await desk.client.acting.retry(_row(desk, typed).id)
    desk.talk.say(f"Action {typed}: {safe(done.type)} is tried now.")


async def drop(desk: Desk, typed: str) -> None:
    row = _row(desk, typed)
    if await desk.talk.ask(f"To drop action {typed} for good, type drop:") != "drop":
        desk.talk.say("Nothing was dropped.")
        return
    await desk.client.acting.drop(row.id)
    desk.talk.say(f"Action {typed}: dropped; it does not happen.")


async def reverse(desk: Desk, typed: str) -> None:
    if not typed:
        await undo(desk, "")
        return
    await desk.client.acting.undo(_row(desk, typed).id)
    desk.talk.say(f"Action {typed}: it is taken back; its case stays as it is.")


COMMANDS = (
    Command(("actions",), ("4",), "what is open, failed ones first; actions all tells all", actions),
    Command(("only",), ("o",), "cycles open, failed, all", only, HERE),
    Command(("action", "open"), (), "action 1 tells each try of it", tell_action, HERE),
    Command(("try again",), ("a",), "a 1 tries the first again", retry, HERE),
    Command(("drop",), ("X",), "X 1 drops the first; asks for a word", drop, HERE),
    Command(("undo action",), ("u",), "u 1 reverses that takedown", reverse, HERE),
)
