"""Where things stand: what the console concludes from the bridge's status. Pure.

*Quiet* is a claim, so it is only made where every watch that exists has passed; what this version
does not watch yet is said, never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bridge.alarm import Kind, Level
from hma_console.look import Meaning
from hma_console.matcher_status import HmaStatus
from hma_console.pds_status import GateStatus, PdsStatus
from hma_console.status import LogStatus, Status
from hma_console.words import ago, count, counted, safe, size


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
    told_at: int | None = None
    """When the operator's webhook was told."""


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
    return Standing(_word(status, troubles, first, now), tuple(troubles), watches, first)


def _is_first_start(status: Status) -> bool:
    """Whether nothing was ever uploaded, so that nothing can have been missed."""
    return not (status.uploads.total or status.banks.count or status.cases.open)


def _word(status: Status, troubles: list[Trouble], first: bool, now: int) -> StateWord:
    worst = {trouble.meaning for trouble in troubles}
    if first and all(trouble.subject in ("Banks", "Log") for trouble in troubles) and not status.log.trouble:
        return StateWord.SET_UP
    if Meaning.ALARM in worst:
        return StateWord.ALARM
    if Meaning.LOOK in worst:
        return StateWord.LOOK
    if status.cases.waiting:
        return StateWord.WAIT
    is_proven = status.self_test is not None and status.self_test.is_fresh(now)
    return StateWord.QUIET if is_proven else StateWord.SET_UP


def _untroubled(watch: Watch, troubles: list[Trouble]) -> bool:
    return all(trouble.subject != watch.subject for trouble in troubles)


def being_retried(status: Status) -> int:
    """Uploads not checked yet that are checked again by themselves."""
    return max(0, status.uploads.not_checked - status.uploads.not_checked_final)


def _troubles(status: Status, now: int, unchecked_seen: int) -> list[Trouble]:
    """What the bridge raised, but for what the operator has seen; and that it is paused."""
    found: list[Trouble] = []
    if status.paused is not None:
        since = ago(status.paused.since, now)
        words = f"Paused by {safe(status.paused.by)} {since}: nothing happens by itself."
        do = "press :, then Resume. Uploads get in unchecked."
        found.append(Trouble(Meaning.ALARM, "Pause", words, do, "home"))
    for alarm in status.alarms:
        if alarm.kind == Kind.UPLOADS_GIVEN_UP and alarm.count <= unchecked_seen:
            continue
        meaning = Meaning.ALARM if alarm.level == Level.ALARM else Meaning.LOOK
        words, do = safe(alarm.words), safe(alarm.do)
        found.append(Trouble(meaning, safe(alarm.subject), words, do, alarm.place, alarm.told_at))
    return found


def _watches(status: Status, now: int) -> list[Watch]:
    fine = Meaning.FINE
    bridge = f"answers, version {status.version}, started {ago(status.started_at, now)}"
    disk = f"disk {status.disk_used_percent:.0f} % full, memory {size(status.memory_bytes)}"
    return [
        Watch(fine, "Bridge", bridge, "home"),
        _uploads(status, now),
        _banks(status, now),
        Watch(fine, "Index", "ready", "banks"),
        *_hma(status.matcher.asked, now),
        *_pds(status.pds, now),
        _actions(status),
        Watch(fine, "Log", _log(status.log, now), "log"),
        _self_test(status, now),
        Watch(fine, "Machine", disk, "home"),
    ]


def _uploads(status: Status, now: int) -> Watch:
    uploads = status.uploads
    last = "none yet" if uploads.last_at is None else f"last one {ago(uploads.last_at, now)}"
    if waiting := being_retried(status):
        return Watch(Meaning.UNDER_WAY, "Uploads", f"{last}, {count(waiting)} to be checked again", "feed")
    return Watch(Meaning.FINE, "Uploads", f"{last}, none waits to be checked", "feed")


def _banks(status: Status, now: int) -> Watch:
    """Also how far new entries were compared with all that was seen before."""
    banks, run = status.banks, status.rematch
    words = f"{counted(banks.count, 'bank')}, {counted(banks.entries, 'entry', 'entries')}"
    if run is not None and run.state == "running":
        words += f", new ones: {run.percent} % of the past compared"
        return Watch(Meaning.UNDER_WAY, "Banks", words, "banks")
    if banks.oldest_update_at is not None:
        words += f", oldest list updated {ago(banks.oldest_update_at, now)}"
    return Watch(Meaning.FINE, "Banks", words, "banks")


def _hma(hma: HmaStatus | None, now: int) -> list[Watch]:
    """What it has; one that takes everybody gets no list of somebody's, whose values it would tell."""
    if hma is None:
        return []
    if hma.state != "closed" or hma.asked_at is None:
        words = f"{safe(hma.host)} {hma.words}" + (f": {safe(hma.fault)}" if hma.fault else "")
        return [Watch(Meaning.UNDER_WAY, "HMA", words, "banks")]
    has = f"{counted(hma.banks, 'bank')}, {counted(hma.hashes, 'hash', 'hashes')}"
    words = f"{safe(hma.host)}{_pictures(hma)}, {has}"
    if not hma.is_guarded:
        words += ", open to all: no list goes there"
    return [Watch(Meaning.FINE, "HMA", f"{words}, asked {ago(hma.asked_at, now)}", "banks")]


def _pictures(hma: HmaStatus) -> str:
    """Whether they leave this machine for it, and that it cannot hash them all."""
    sent = hma.pictures
    if sent is None:
        return ""
    if not sent.refused:
        return ", gets pictures"
    return f", refused {count(sent.refused)} of {count(sent.seen)} pictures"


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


def _self_test(status: Status, now: int) -> Watch:
    test = status.self_test
    if test is None:
        return Watch(Meaning.TO_DO, "Self-test", "none yet, the first comes by itself", "home")
    return Watch(Meaning.FINE, "Self-test", f"passed {ago(test.at, now)}, {test.came}", "home")


def _actions(status: Status) -> Watch:
    if status.actions_planned:
        words = f"{count(status.actions_planned)} under way"
        return Watch(Meaning.UNDER_WAY, "Actions", words, "actions")
    return Watch(Meaning.FINE, "Actions", "none waiting, none failed", "actions")
