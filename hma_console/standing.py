"""Where things stand: what the console concludes from the bridge's status. Pure.

*Quiet* is a claim, so it is only made where every watch that exists has passed; what this version
does not watch yet is said, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hma_console.pds_status import GateStatus, PdsStatus
from hma_console.status import LogStatus, Status
from hma_console.themes import Meaning
from hma_console.words import age, ago, count, counted, safe, size

RETRY_PATIENCE = 15 * 60_000
"""Milliseconds for which an upload may wait to be checked before somebody is told."""
PDS_PATIENCE = 60_000
"""Milliseconds for which the PDS may be away before somebody is told."""
SEE_PDS = "see that it runs, and pds.url in config.toml."
DISK_LOOK, DISK_ALARM = 85.0, 95.0
"""Percent of the disk used: the store needs room to write, the index as much again to merge."""


class StateWord(Enum):
    """The first word of the screen: the worst that is true."""

    OFFLINE = "offline"
    READING = "reading"
    ALARM = "ALARM"
    LOOK = "look"
    WAIT = "wait"
    SET_UP = "set up"
    QUIET = "quiet"

    @property
    def meaning(self) -> Meaning:
        return _MEANINGS[self]


_MEANINGS = {
    StateWord.OFFLINE: Meaning.TO_DO,
    StateWord.READING: Meaning.UNDER_WAY,
    StateWord.ALARM: Meaning.ALARM,
    StateWord.LOOK: Meaning.LOOK,
    StateWord.WAIT: Meaning.MATCHED,
    StateWord.SET_UP: Meaning.LOOK,
    StateWord.QUIET: Meaning.QUIET,
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, what to do, and the screen where it can be seen."""

    meaning: Meaning
    subject: str
    words: str
    do: str
    place: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing that is watched, and how it is."""

    meaning: Meaning
    subject: str
    words: str
    place: str


@dataclass(frozen=True, slots=True)
class Standing:
    word: StateWord
    troubles: tuple[Trouble, ...]
    watches: tuple[Watch, ...]
    is_first_start: bool


def judge(status: Status, now: int, unchecked_seen: int = 0) -> Standing:
    """The standing of a bridge that answers. Troubles come worst first.

    Of the uploads that no retry helps, the operator has seen `unchecked_seen`: only more are a trouble.
    """
    first = _is_first_start(status)
    found = _troubles(status, now, unchecked_seen)
    troubles = sorted(found, key=lambda trouble: trouble.meaning is not Meaning.ALARM)
    watches = tuple(watch for watch in _watches(status, now) if _untroubled(watch, troubles))
    return Standing(_word(status, troubles, first), tuple(troubles), watches, first)


def _is_first_start(status: Status) -> bool:
    """Whether nothing was ever uploaded, so that nothing can have been missed."""
    return not (status.uploads.total or status.banks.count or status.cases.open)


def _word(status: Status, troubles: list[Trouble], first: bool) -> StateWord:
    worst = {trouble.meaning for trouble in troubles}
    if first and all(trouble.subject in ("Banks", "Log") for trouble in troubles) and not status.log.trouble:
        return StateWord.SET_UP
    if Meaning.ALARM in worst:
        return StateWord.ALARM
    if Meaning.LOOK in worst:
        return StateWord.LOOK
    return StateWord.WAIT if status.cases.waiting else StateWord.QUIET


def _untroubled(watch: Watch, troubles: list[Trouble]) -> bool:
    return all(trouble.subject != watch.subject for trouble in troubles)


def being_retried(status: Status) -> int:
    """Uploads not checked yet that are checked again by themselves."""
    return max(0, status.uploads.not_checked - status.uploads.not_checked_final)


def _waits_too_long(status: Status, now: int) -> bool:
    """Whether an upload is not checked for longer than retries may take."""
    oldest = status.uploads.not_checked_oldest_at
    return bool(being_retried(status)) and (oldest is None or now - oldest >= RETRY_PATIENCE)


def _troubles(status: Status, now: int, unchecked_seen: int) -> list[Trouble]:
    found: list[Trouble] = []

    def add(meaning: Meaning, subject: str, words: str, do: str, place: str) -> None:
        found.append(Trouble(meaning, subject, words, do, place))

    uploads, banks = status.uploads, status.banks
    if status.paused is not None:
        words = (
            f"Paused by {safe(status.paused.by)} {ago(status.paused.since, now)}: nothing happens by itself."
        )
        add(Meaning.ALARM, "Pause", words, "press :, then Resume. Uploads get in unchecked.", "home")
    if status.state != "ready":
        add(Meaning.LOOK, "Bridge", "The bridge is starting.", "wait; it ends by itself.", "home")
    if not banks.count:
        words = "No list is connected: nothing can match."
        meaning = Meaning.LOOK if _is_first_start(status) else Meaning.ALARM
        add(meaning, "Banks", words, "press 5, then i, and make a bank.", "banks")
    elif not (banks.block_lists and banks.entries):
        words = "No block bank has entries: nothing can match."
        add(Meaning.ALARM, "Banks", words, "press 5, then i, and add hashes or pictures.", "banks")
    elif status.paused is None and _waits_too_long(status, now):
        oldest = uploads.not_checked_oldest_at
        since = f", the oldest for {age(oldest, now)}" if oldest is not None else ""
        words = f"{counted(being_retried(status), 'upload')} not checked{since}."
        add(Meaning.ALARM, "Uploads", words, "press 3, then o: each says why. None is lost.", "feed")
    if uploads.not_checked_final > unchecked_seen:
        words = f"{counted(uploads.not_checked_final, 'upload')} could not be checked, and no retry helps."
        do = "press 3, then o; then : unchecked uploads seen."
        add(Meaning.LOOK, "Unchecked", words, do, "feed")
    if status.index_state != "ready":
        words = "The index is being built: new uploads wait."
        add(Meaning.LOOK, "Index", words, "wait; they are checked when it is ready.", "banks")
    if status.actions_failed:
        words = f"{counted(status.actions_failed, 'action')} failed."
        add(Meaning.ALARM, "Actions", words, "run hma-console case list.", "queue")
    elif status.actions_planned and status.actions_fault:
        number = counted(status.actions_planned, "takedown")
        verb = "waits" if status.actions_planned == 1 else "wait"
        remedy = status.actions_remedy or "wait; it is tried again by itself."
        add(Meaning.ALARM, "Actions", f"{number} {verb}. {safe(status.actions_fault)}", safe(remedy), "queue")
    if status.evidence_fault:
        words = f"Evidence was not kept. {safe(status.evidence_fault)}"
        add(Meaning.ALARM, "Evidence", words, "make room, or see that there are keys.", "queue")
    if trouble := _log_trouble(status.log):
        found.append(trouble)
    if status.pds is not None and (trouble := _pds_trouble(status.pds, now)):
        found.append(trouble)
    disk = status.disk_used_percent
    if disk >= DISK_LOOK:
        meaning = Meaning.ALARM if disk >= DISK_ALARM else Meaning.LOOK
        add(meaning, "Machine", f"The disk is {disk:.0f} % full.", "make room, or move the data.", "home")
    return found


def _log_trouble(log: LogStatus) -> Trouble | None:
    """The worst that is true of the compliance log."""
    if log.trouble:
        words = "The log is not what it was: nothing is written meanwhile."
        return Trouble(Meaning.ALARM, "Log", words, "press 7, then s: it says what happened.", "log")
    if log.keys == "missing":
        words = "The log has no key: its entries are not signed."
        return Trouble(Meaning.LOOK, "Log", words, "press 7, then K, and make one.", "log")
    if log.unsigned:
        words = f"{counted(log.unsigned, 'entry', 'entries')} of the log not signed: its key is locked."
        return Trouble(Meaning.LOOK, "Log", words, "press 7, then K, and type the passphrase.", "log")
    if log.outside_fault:
        words = "The log's head cannot be copied to its outside place."
        return Trouble(Meaning.LOOK, "Log", words, "see that [log] head_copy can be written.", "log")
    if log.stamp_fault:
        words = "The log's head got no time stamp: its service does not give one."
        return Trouble(Meaning.LOOK, "Log", words, "see [log] timestamp_url; it is tried each hour.", "log")
    return None


def _pds_trouble(pds: PdsStatus, now: int) -> Trouble | None:
    """A PDS that is restarted is away for a moment; one that stays away is not watched."""
    oldest = pds.to_fetch_oldest_at
    if oldest is not None and now - oldest >= RETRY_PATIENCE:
        words = f"{counted(pds.to_fetch, 'file')} of the PDS not checked, the oldest for {age(oldest, now)}."
        return Trouble(Meaning.ALARM, "PDS", words, "see that the PDS runs. None is lost.", "pds")
    if pds.firehose != "live" and now - pds.since >= PDS_PATIENCE:
        meaning = Meaning.ALARM if now - pds.since >= RETRY_PATIENCE else Meaning.LOOK
        words = f"The PDS does not answer for {age(pds.since, now)}: new files wait."
        return Trouble(meaning, "PDS", words, SEE_PDS, "pds")
    if not pds.can_take_down:
        words = "Nothing can be taken down: the PDS's admin password is not set."
        return Trouble(Meaning.LOOK, "PDS", words, "hma-console secret set pds_admin_password", "pds")
    return None


def _watches(status: Status, now: int) -> list[Watch]:
    fine = Meaning.FINE
    bridge = f"answers, version {status.version}, started {ago(status.started_at, now)}"
    disk = f"disk {status.disk_used_percent:.0f} % full, memory {size(status.memory_bytes)}"
    return [
        Watch(fine, "Bridge", bridge, "home"),
        _uploads(status, now),
        Watch(fine, "Banks", _banks(status, now), "banks"),
        Watch(fine, "Index", "ready", "banks"),
        *_pds(status.pds, now),
        _actions(status),
        Watch(fine, "Log", _log(status.log, now), "log"),
        Watch(fine, "Machine", disk, "home"),
    ]


def _uploads(status: Status, now: int) -> Watch:
    uploads = status.uploads
    last = "none yet" if uploads.last_at is None else f"last one {ago(uploads.last_at, now)}"
    if waiting := being_retried(status):
        return Watch(Meaning.UNDER_WAY, "Uploads", f"{last}, {count(waiting)} to be checked again", "feed")
    return Watch(Meaning.FINE, "Uploads", f"{last}, none waits to be checked", "feed")


def _banks(status: Status, now: int) -> str:
    oldest = status.banks.oldest_update_at
    updated = f", oldest list updated {ago(oldest, now)}" if oldest is not None else ""
    return (
        f"{counted(status.banks.count, 'bank')}, {counted(status.banks.entries, 'entry', 'entries')}{updated}"
    )


def _pds(pds: PdsStatus | None, now: int) -> list[Watch]:
    return [] if pds is None else [_firehose(pds, now), *_gate(pds.gate)]


def _firehose(pds: PdsStatus, now: int) -> Watch:
    if pds.firehose != "live":
        return Watch(Meaning.UNDER_WAY, "PDS", f"{safe(pds.host)}, connecting", "pds")
    event = "no event yet" if pds.frame_at is None else f"last event {ago(pds.frame_at, now)}"
    words = f"{safe(pds.host)}, {event}"
    if pds.to_fetch:
        return Watch(Meaning.UNDER_WAY, "PDS", f"{words}, {count(pds.to_fetch)} to fetch", "pds")
    if pds.accounts_to_list or pds.listed_at is None:
        left = f"{counted(pds.accounts_to_list, 'account')} to look through"
        return Watch(Meaning.UNDER_WAY, "PDS", f"{words}, {left}", "pds")
    return Watch(Meaning.FINE, "PDS", f"{words}, looked through {ago(pds.listed_at, now)}", "pds")


def _gate(gate: GateStatus | None) -> list[Watch]:
    """What came through it since the bridge started: nothing may mean that nothing is sent to it."""
    if gate is None:
        return []
    words = f"mode {gate.mode}, {count(gate.let_in)} let in, {count(gate.held)} held"
    if gate.blocked:
        words += f", {count(gate.blocked)} blocked"
    return [Watch(Meaning.FINE if gate.has_seen_any else Meaning.TO_DO, "Gate", words, "pds")]


def _log(log: LogStatus, now: int) -> str:
    copied = f", copied outside {ago(log.outside_at, now)}" if log.outside_at is not None else ""
    return f"{counted(log.entries, 'entry', 'entries')}, all signed{copied}"


def _actions(status: Status) -> Watch:
    if status.actions_planned:
        words = f"{count(status.actions_planned)} under way"
        return Watch(Meaning.UNDER_WAY, "Actions", words, "queue")
    return Watch(Meaning.FINE, "Actions", "none waiting, none failed", "queue")
