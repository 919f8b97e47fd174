"""The rules: which alarms the facts raise. Pure. The one place that decides what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.alarm import MINUTE_MS, PDS_PATIENCE, RETRY_PATIENCE, Alarm, Kind, Level
from bridge.alarms.facts import Facts, HmaFacts, PdsFacts
from bridge.spoken import counted, duration
from bridge.uploads import DAY_MS

LIST_PATIENCE = 30 * DAY_MS
"""For which a list may go without an update."""
READ_PATIENCE = 1 * DAY_MS
"""For which a list that is kept up to date here may go unread: its owner's server may be down for a night."""
CASE_PATIENCE = 7 * DAY_MS
"""For which a case may wait for somebody. One of child safety may not wait at all."""
CLOCK_PATIENCE = 30_000
"""By how much our clock may differ from the PDS's, or be set, before somebody is told."""
SELF_TEST_PATIENCE = 26 * 60 * MINUTE_MS
"""For which none need have passed: a day, and some hours for a night with its clock changed."""
STEP_SHOWN = 60 * MINUTE_MS
"""For which it is told that the clock was set."""
DISK_LOOK, DISK_ALARM = 85, 95
"""Percent of the disk used: the store needs room to write, the index as much again to merge."""


def alarms(facts: Facts, now: int) -> tuple[Alarm, ...]:
    """What is wrong at this moment, the worst first."""
    found = [*_lists(facts), *_uploads(facts, now), *_actions(facts), *_log(facts), *_stale(facts, now)]
    if facts.hma is not None:
        found += _hma(facts.hma, now)
    if facts.pds is not None:
        found += _pds(facts.pds, now)
    found += [*_clock(facts, now), *_machine(facts), *_self_test(facts, now), *_cases(facts, now)]
    return tuple(sorted(found, key=lambda one: one.level is not Level.ALARM))


def _lists(facts: Facts) -> Iterator[Alarm]:
    if not facts.is_ready:
        words, do = "The bridge is starting.", "wait; it ends by itself."
        yield Alarm(Kind.BRIDGE_STARTING, Level.LOOK, "Bridge", words, do, "home")
    level = Level.LOOK if facts.is_fresh else Level.ALARM
    if not facts.banks:
        words = "No list is connected: nothing can match."
        yield Alarm(Kind.NO_LIST, level, "Banks", words, "press 5, then i, and make a bank.", "banks")
    elif not (facts.block_lists and facts.entries):
        words, do = (
            "No block bank has entries: nothing can match.",
            "press 5, then i, and add hashes or pictures.",
        )
        yield Alarm(Kind.NO_ENTRIES, level, "Banks", words, do, "banks")
    if not facts.index_ready:
        words = "The index is being built: new uploads wait."
        do = "wait; they are checked when it is ready."
        yield Alarm(Kind.INDEX_BUILDING, Level.LOOK, "Index", words, do, "banks")


def _hma(hma: HmaFacts, now: int) -> Iterator[Alarm]:
    """How it is, and what it lost."""
    away = now - hma.since
    if not hma.is_answering and away >= PDS_PATIENCE:
        level = Level.ALARM if away >= RETRY_PATIENCE else Level.LOOK
        words = f"{hma.fault} Uploads have waited for {duration(away)}."
        yield Alarm(Kind.HMA_SILENT, level, "HMA", words, _do(hma.remedy), "banks")
    elif hma.is_answering and hma.trouble:
        words = f"{hma.trouble} Uploads wait."
        yield Alarm(Kind.HMA_INDEX, Level.LOOK, "HMA", words, "see docs/hma.md; none is lost.", "banks")
    if hma.is_answering and hma.gone:
        words = f"HMA has no bank {hma.gone[0]} any more: nothing is compared with it."
        do = f"restore HMA's database, or: hma-console bank delete {hma.gone[0]}"
        yield Alarm(Kind.HMA_BANK_GONE, Level.ALARM, "HMA", words, do, "banks", len(hma.gone))


def _do(hint: str) -> str:
    """A hint as it goes on after "Do:"."""
    return hint[:1].lower() + hint[1:] if hint else "wait; it is asked again by itself."


def _uploads(facts: Facts, now: int) -> Iterator[Alarm]:
    oldest = facts.not_checked_oldest_at
    waits = facts.not_checked and (oldest is None or now - oldest >= RETRY_PATIENCE)
    if waits and not facts.is_paused and facts.block_lists and facts.entries:
        since = f", the oldest for {duration(now - oldest)}" if oldest is not None else ""
        words = f"{counted(facts.not_checked, 'upload')} not checked{since}."
        do = "press 3, then o: each says why. None is lost."
        yield Alarm(Kind.UPLOADS_WAIT, Level.ALARM, "Uploads", words, do, "feed", facts.not_checked)
    if facts.given_up:
        words = f"{counted(facts.given_up, 'upload')} could not be checked, and no retry helps."
        do = "press 3, then o; then : unchecked uploads seen."
        yield Alarm(Kind.UPLOADS_GIVEN_UP, Level.LOOK, "Unchecked", words, do, "feed", facts.given_up)


def _actions(facts: Facts) -> Iterator[Alarm]:
    if facts.actions_failed:
        words = f"{counted(facts.actions_failed, 'action')} failed."
        do = "press 4: each says why; a tries it again."
        yield Alarm(Kind.ACTIONS_FAILED, Level.ALARM, "Actions", words, do, "actions", facts.actions_failed)
    elif facts.actions_planned and facts.actions_fault:
        verb = "waits" if facts.actions_planned == 1 else "wait"
        words = f"{counted(facts.actions_planned, 'action')} {verb}. {facts.actions_fault}"
        do = facts.actions_remedy or "wait; it is tried again by itself."
        yield Alarm(Kind.ACTIONS_WAIT, Level.ALARM, "Actions", words, do, "actions", facts.actions_planned)
    if facts.evidence_fault:
        words, do = f"Evidence was not kept. {facts.evidence_fault}", "make room, or see that there are keys."
        yield Alarm(Kind.EVIDENCE, Level.ALARM, "Evidence", words, do, "queue")


def _log(facts: Facts) -> Iterator[Alarm]:
    """The worst that is true of the compliance log."""
    look = Level.LOOK
    if facts.log_is_damaged:
        words, do = (
            "The log is not what it was: nothing is written meanwhile.",
            "press 7, then s: it says what happened.",
        )
        yield Alarm(Kind.LOG_DAMAGED, Level.ALARM, "Log", words, do, "log")
    elif facts.log_keys == "missing":
        words, do = "The log has no key: its entries are not signed.", "press 7, then K, and make one."
        yield Alarm(Kind.LOG_NO_KEY, look, "Log", words, do, "log")
    elif facts.log_unsigned:
        words = f"{counted(facts.log_unsigned, 'entry', 'entries')} of the log not signed: its key is locked."
        do = "press 7, then K, and type the passphrase."
        yield Alarm(Kind.LOG_UNSIGNED, look, "Log", words, do, "log", facts.log_unsigned)
    elif facts.log_outside_fault:
        words = "The log's head cannot be copied to its outside place."
        yield Alarm(
            Kind.LOG_NOT_COPIED, look, "Log", words, "see that [log] head_copy can be written.", "log"
        )
    elif facts.log_stamp_fault:
        words = "The log's head got no time stamp: its service does not give one."
        do = "see [log] timestamp_url; it is tried each hour."
        yield Alarm(Kind.LOG_NO_STAMP, look, "Log", words, do, "log")


def _stale(facts: Facts, now: int) -> Iterator[Alarm]:
    if facts.late_since is not None and now - facts.late_since >= READ_PATIENCE:
        words = f"The list {facts.late_list} was not read for {duration(now - facts.late_since)}."
        do = "press 5: its bank says why."
        yield Alarm(Kind.LIST_STALE, Level.LOOK, "Lists", words, do, "banks")
    elif facts.stale_since is not None and now - facts.stale_since >= LIST_PATIENCE:
        words = f"The list {facts.stale_list} was not updated for {duration(now - facts.stale_since)}."
        yield Alarm(
            Kind.LIST_STALE, Level.LOOK, "Lists", words, "press 5, then i, and read the new list in.", "banks"
        )


def _pds(pds: PdsFacts, now: int) -> Iterator[Alarm]:
    """The worst that is true of it."""
    oldest, away = pds.to_fetch_oldest_at, now - pds.since
    if oldest is not None and now - oldest >= RETRY_PATIENCE:
        files, waits = counted(pds.to_fetch, "file"), duration(now - oldest)
        words = f"{files} of the PDS not checked, the oldest for {waits}."
        do = "see that the PDS runs. None is lost."
        yield Alarm(Kind.PDS_FILES_WAIT, Level.ALARM, "PDS", words, do, "pds", pds.to_fetch)
    elif not pds.is_live and away >= PDS_PATIENCE:
        level = Level.ALARM if away >= RETRY_PATIENCE else Level.LOOK
        words = f"The PDS does not answer for {duration(away)}: new files wait."
        do = "see that it runs, and pds.url in config.toml."
        yield Alarm(Kind.PDS_SILENT, level, "PDS", words, do, "pds")
    elif not pds.can_take_down:
        words = "Nothing can be taken down: the PDS's admin password is not set."
        do = "hma-console secret set pds_admin_password"
        yield Alarm(Kind.PDS_NO_PASSWORD, Level.LOOK, "PDS", words, do, "pds")


def _clock(facts: Facts, now: int) -> Iterator[Alarm]:
    """Times in the log are believed only where the clock is right."""
    off = facts.pds.clock_off_ms if facts.pds else None
    step, at = facts.clock_step_ms, facts.clock_stepped_at
    if off is not None and abs(off) >= CLOCK_PATIENCE:
        words = f"Our clock is {duration(abs(off))} {'ahead of' if off > 0 else 'behind'} the PDS's."
        do = "set both by NTP: times in the log must be right."
        yield Alarm(Kind.CLOCK, Level.LOOK, "Clock", words, do, "home")
    elif at is not None and abs(step) >= CLOCK_PATIENCE and now - at < STEP_SHOWN:
        words = f"Our clock was set {'ahead' if step > 0 else 'back'} by {duration(abs(step))}."
        do = "see that NTP keeps it: times in the log jump there."
        yield Alarm(Kind.CLOCK, Level.LOOK, "Clock", words, do, "home")


def _machine(facts: Facts) -> Iterator[Alarm]:
    if facts.disk_used_percent >= DISK_LOOK:
        level = Level.ALARM if facts.disk_used_percent >= DISK_ALARM else Level.LOOK
        words = f"The disk is {facts.disk_used_percent} % full."
        yield Alarm(Kind.DISK, level, "Machine", words, "make room, or move the data.", "home")


def _self_test(facts: Facts, now: int) -> Iterator[Alarm]:
    """Quiet is only believed of a bridge that was tried. During a pause it is not."""
    since = facts.self_test_since
    if facts.self_test_step:
        words = f"The self-test failed at its step {facts.self_test_step}. {facts.self_test_why}"
        yield Alarm(Kind.SELF_TEST, Level.ALARM, "Self-test", words, facts.self_test_do, "home")
    elif since is not None and now - since >= SELF_TEST_PATIENCE and not facts.is_paused:
        words = f"No self-test has passed for {duration(now - since)}."
        yield Alarm(Kind.SELF_TEST, Level.LOOK, "Self-test", words, "press s on Home.", "home")


def _cases(facts: Facts, now: int) -> Iterator[Alarm]:
    """Knowing has consequences: a case that nobody decides is not quiet."""
    urgent, oldest = facts.child_safety_oldest_at, facts.case_oldest_at
    if urgent is not None:
        one = facts.child_safety_cases == 1
        words = f"{counted(facts.child_safety_cases, 'child-safety case')} {'waits' if one else 'wait'}"
        words += f", {'opened' if one else 'the oldest opened'} {duration(now - urgent)} ago."
        do = "press 2, then Enter: it opens on what to do, and what not."
        yield Alarm(Kind.CHILD_SAFETY, Level.ALARM, "Case", words, do, "queue", facts.child_safety_cases)
    if oldest is not None and now - oldest >= CASE_PATIENCE:
        words = f"A case waits for {duration(now - oldest)}."
        do = "press 2, and decide it; z puts it off."
        yield Alarm(Kind.CASE_WAITS, Level.LOOK, "Waiting", words, do, "queue")
