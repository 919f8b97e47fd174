"""An alarm: what is wrong, what to do about it, and where that is seen. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MINUTE_MS = 60_000
RETRY_PATIENCE = 15 * MINUTE_MS
"""For which an upload may wait to be checked, or the PDS be away, before it is an alarm."""
PDS_PATIENCE = MINUTE_MS
"""For which the PDS may be away before somebody is told: it is restarted now and then."""


class Level(StrEnum):
    LOOK = "look"
    ALARM = "alarm"


class Kind(StrEnum):
    """Every alarm there is; `docs/alarms.md` says when each is raised and what helps."""

    BRIDGE_STARTING = "bridge_starting"
    NO_LIST = "no_list"
    NO_ENTRIES = "no_entries"
    LIST_STALE = "list_stale"
    UPLOADS_WAIT = "uploads_wait"
    UPLOADS_GIVEN_UP = "uploads_given_up"
    INDEX_BUILDING = "index_building"
    HMA_SILENT = "hma_silent"
    HMA_INDEX = "hma_index"
    HMA_BANK_GONE = "hma_bank_gone"
    ACTIONS_FAILED = "actions_failed"
    ACTIONS_WAIT = "actions_wait"
    EVIDENCE = "evidence"
    LOG_DAMAGED = "log_damaged"
    LOG_NO_KEY = "log_no_key"
    LOG_UNSIGNED = "log_unsigned"
    LOG_NOT_COPIED = "log_not_copied"
    LOG_NO_STAMP = "log_no_stamp"
    PDS_FILES_WAIT = "pds_files_wait"
    PDS_SILENT = "pds_silent"
    PDS_NO_PASSWORD = "pds_no_password"
    CLOCK = "clock"
    DISK = "disk"
    CHILD_SAFETY = "child_safety"
    CASE_WAITS = "case_waits"
    SELF_TEST = "self_test"

    @property
    def tells_of_lists(self) -> bool:
        """Whether it comes and goes with what a list holds, or with what matched it."""
        return self in (
            Kind.NO_ENTRIES, Kind.LIST_STALE, Kind.CASE_WAITS, Kind.CHILD_SAFETY, Kind.EVIDENCE,
            Kind.ACTIONS_FAILED, Kind.ACTIONS_WAIT, Kind.HMA_INDEX,
            Kind.HMA_BANK_GONE,
        )  # fmt: skip

    @property
    def passes_by_itself(self) -> bool:
        """Whether it is a step of every start, of which nobody is told."""
        return self in (Kind.BRIDGE_STARTING, Kind.INDEX_BUILDING)


@dataclass(frozen=True, slots=True)
class Alarm:
    """`subject` names the watch it is of, `place` the screen where it is seen; `do` follows "Do:".

    `count` is how many there are of what it is about, 0 where that means nothing.
    """

    kind: Kind
    level: Level
    subject: str
    words: str
    do: str
    place: str
    count: int = 0
