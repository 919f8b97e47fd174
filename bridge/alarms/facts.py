"""What the alarms are judged by: how every part of the bridge is, at one moment. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PdsFacts:
    """The PDS that is watched. `is_live`: its firehose is connected, or not, `since` that time.

    `clock_off_ms` is by how much our clock is ahead of its, None where it has not told.
    """

    is_live: bool
    since: int
    to_fetch: int
    to_fetch_oldest_at: int | None
    can_take_down: bool
    clock_off_ms: int | None = None


@dataclass(frozen=True, slots=True)
class HmaFacts:
    """The HMA that is asked. `is_answering` or not, `since` that time; `trouble` says why its "nothing near"
    does not count though it answers. `gone` are the banks that it had and has no more.
    """

    is_answering: bool
    since: int
    fault: str
    remedy: str
    trouble: str
    banks: int
    hashes: int
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Times are milliseconds since 1970. `log_keys` is missing, locked, signing or open.

    `not_checked` are tried again by themselves, `given_up` by nobody. `stale_list` names the listed bank
    that was not updated for longest, `stale_since` when it was. Of cases only those count that were not put
    off, of child safety only those that were not escalated either. `clock_step_ms` is by how much our clock
    was last set while the bridge ran, ahead where it is positive. `self_test_step` is where the newest
    self-test failed, empty where it passed, `self_test_since` when one passed last, or the bridge started.
    """

    is_ready: bool
    is_fresh: bool
    banks: int
    block_lists: int
    entries: int
    stale_list: str
    stale_since: int | None
    not_checked: int
    not_checked_oldest_at: int | None
    given_up: int
    index_ready: bool
    actions_failed: int
    actions_planned: int
    actions_fault: str
    actions_remedy: str
    evidence_fault: str
    log_is_damaged: bool
    log_keys: str
    log_unsigned: int
    log_outside_fault: bool
    log_stamp_fault: bool
    disk_used_percent: int
    case_oldest_at: int | None
    child_safety_cases: int
    child_safety_oldest_at: int | None
    pds: PdsFacts | None = None
    hma: HmaFacts | None = None
    clock_step_ms: int = 0
    clock_stepped_at: int | None = None
    self_test_step: str = ""
    self_test_why: str = ""
    self_test_do: str = ""
    self_test_since: int | None = None
    late_list: str = ""
    late_since: int | None = None
    """Of the lists that are kept up to date here the one that was not read for longest, and since when."""
    is_paused: bool = False
    """Then what is not checked waits for the end of the pause."""
