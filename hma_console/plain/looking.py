"""The commands that look: Home, Feed, PDS, and what is only said."""

from __future__ import annotations

from bridge.errors import Unreachable
from bridge.verdicts import Verdict
from hma_console.plain.desk import Command, Desk
from hma_console.plain.home import MEANINGS, home_lines
from hma_console.plain.lines import told
from hma_console.plain.news import Follows
from hma_console.plain.upload_lines import upload_line
from hma_console.screens.pds_words import OFF, next_words, pds_facts
from hma_console.screens.upload_words import account
from hma_console.words import cid, counted, reason

FEED_ROWS = 20
NOT_CHECKED_ROWS = 20


async def home(desk: Desk, typed: str) -> None:
    """As it is now; where the bridge does not answer, as it was last heard to be."""
    desk.go("home")
    now, news = desk.clock(), desk.news
    try:
        news.last = status = await desk.client.status()
        lost_at = None
    except Unreachable:
        if news.last is None:
            raise
        status, lost_at = news.last, news.lost_at or now
    desk.talk.say(*home_lines(status, now, lost_at, news.unchecked_seen))


async def feed(desk: Desk, typed: str) -> None:
    """The last uploads, oldest first, so that the newest is heard last."""
    desk.go("feed")
    page = await desk.client.uploads(limit=FEED_ROWS)
    if not page.uploads:
        desk.talk.say("Feed: no upload was seen yet.")
    desk.talk.say(*(upload_line(upload) for upload in reversed(page.uploads)))
    desk.talk.say("Feed: each that matters is told as it comes. follow all tells all.")


async def follow(desk: Desk, typed: str) -> None:
    desk.news.follows = Follows.ALL if typed == "all" else Follows.MATTERS
    desk.talk.say(f"Feed: {'each upload' if typed == 'all' else 'what matters'} is told as it comes.")


async def unfollow(desk: Desk, typed: str) -> None:
    desk.news.follows = Follows.NOTHING
    desk.talk.say("Feed: nothing is told as it comes.")


async def only_what_matters(desk: Desk, typed: str) -> None:
    all_now = desk.news.follows is Follows.ALL
    await follow(desk, "" if all_now else "all")


async def pds(desk: Desk, typed: str) -> None:
    desk.go("pds")
    status = await desk.client.status()
    if status.pds is None:
        desk.talk.say(*OFF)
        return
    label = "PDS"
    desk.talk.say(told("PDS", [status.pds.host, *([status.pds.version] if status.pds.version else [])]))
    for fact in pds_facts(status.pds, status.started_at, desk.clock()):
        label = fact.label or label
        known = f", {MEANINGS[fact.meaning]}" if fact.meaning in MEANINGS else ""
        desk.talk.say(told(f"{label}{known}", fact.parts))
    rows = await desk.client.not_checked()
    desk.talk.say(told("Not checked", [counted(len(rows), "file") if rows else "none"]))
    for row in rows[:NOT_CHECKED_ROWS]:
        found = [row.verdict.words] if row.verdict is not Verdict.NOT_CHECKED else []
        parts = [reason(row.reason), *found, account(row), f"next try {next_words(row, desk.clock())}"]
        desk.talk.say(told(f"File {cid(row.cid)}", parts))


async def compare(desk: Desk, typed: str) -> None:
    await desk.client.begin_backfill()
    desk.talk.say("PDS: all accounts are looked through; it goes on if you leave.")


async def try_pds_again(desk: Desk, typed: str) -> None:
    files = await desk.client.retry_pds()
    desk.talk.say(f"PDS: {counted(files, 'file')} tried now." if files else "PDS: no file waits.")


async def trouble(desk: Desk, typed: str) -> None:
    """`!`: the worst of what is wrong, which Home tells first."""
    await home(desk, "")


async def unchecked_seen(desk: Desk, typed: str) -> None:
    """Those that no retry helps are no trouble until more come."""
    desk.news.unchecked_seen = (await desk.client.status()).uploads.not_checked_final
    number = counted(desk.news.unchecked_seen, "upload")
    desk.talk.say(f"Unchecked: {number} that no retry helps, seen; more would be told.")


async def reveal(desk: Desk, typed: str) -> None:
    desk.talk.say("Reveal does not exist here: the plain mode has no pictures.")


async def in_full(desk: Desk, typed: str) -> None:
    """`y`: in full what lists show in part."""
    if desk.case is None:
        desk.talk.say("Nothing is open. Do: open a case, such as case 1.")
        return
    row = desk.case.row
    desk.talk.say(f"Case in full: {row.id}.")
    if row.did:
        desk.talk.say(f"Account in full: {row.did}.")
    for number, file in enumerate(row.files, 1):
        if file.cid:
            desk.talk.say(f"File {number} in full: {file.cid}.")


COMMANDS = (
    Command(("home",), ("1",), "is everything quiet", home),
    Command(("feed",), ("3",), "the last uploads, and each new one that matters", feed),
    Command(("follow",), (), "follow all tells each upload as it comes", follow),
    Command(("only",), ("o",), "all uploads, or what matters", only_what_matters, ("feed",)),
    Command(("stop following",), (), "tells no upload as it comes", unfollow),
    Command(("pds",), ("6",), "how your PDS is watched", pds),
    Command(("compare", "compare now"), ("s",), "look through all accounts", compare, ("pds",)),
    Command(("try again",), ("a",), "try now what waits for the PDS", try_pds_again, ("pds",)),
    Command(("trouble",), ("!",), "what is wrong, worst first", trouble),
    Command(("unchecked uploads seen",), (), "no trouble any more, until more come", unchecked_seen),
    Command(("reveal",), ("v",), "does not exist here, and says so", reveal),
    Command(("in full", "copy"), ("y",), "the ids of the open case in full", in_full),
)
