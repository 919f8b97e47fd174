"""Each alarm is raised by what it is about and by nothing else, and says what helps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bridge.alarm import Alarm, Kind, Level
from bridge.alarms.facts import Facts, HmaFacts, PdsFacts
from bridge.alarms.rules import alarms
from bridge.self_test_result import Step
from bridge.uploads import DAY_MS

NOW = 1_800_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
LOOK, ALARM = Level.LOOK, Level.ALARM

PDS = PdsFacts(is_live=True, since=NOW - DAY_MS, to_fetch=0, to_fetch_oldest_at=None, can_take_down=True)
QUIET = Facts(
    is_ready=True,
    is_fresh=False,
    banks=2,
    block_lists=1,
    entries=10,
    stale_list="StopNCII",
    stale_since=NOW - DAY_MS,
    not_checked=0,
    not_checked_oldest_at=None,
    given_up=0,
    index_ready=True,
    actions_failed=0,
    actions_planned=0,
    actions_fault="",
    actions_remedy="",
    evidence_fault="",
    log_is_damaged=False,
    log_keys="open",
    log_unsigned=0,
    log_outside_fault=False,
    log_stamp_fault=False,
    disk_used_percent=41,
    case_oldest_at=None,
    child_safety_cases=0,
    child_safety_oldest_at=None,
    pds=PDS,
)

RAISED: list[tuple[dict[str, Any], Kind, Level]] = [
    ({"is_ready": False}, Kind.BRIDGE_STARTING, LOOK),
    ({"banks": 0, "block_lists": 0, "entries": 0}, Kind.NO_LIST, ALARM),
    ({"banks": 0, "block_lists": 0, "entries": 0, "is_fresh": True}, Kind.NO_LIST, LOOK),
    ({"block_lists": 0}, Kind.NO_ENTRIES, ALARM),
    ({"entries": 0}, Kind.NO_ENTRIES, ALARM),
    ({"entries": 0, "is_fresh": True}, Kind.NO_ENTRIES, LOOK),
    ({"stale_since": NOW - 30 * DAY_MS}, Kind.LIST_STALE, LOOK),
    ({"not_checked": 2, "not_checked_oldest_at": NOW - 15 * MINUTE}, Kind.UPLOADS_WAIT, ALARM),
    ({"not_checked": 2, "not_checked_oldest_at": None}, Kind.UPLOADS_WAIT, ALARM),
    ({"given_up": 1}, Kind.UPLOADS_GIVEN_UP, LOOK),
    ({"index_ready": False}, Kind.INDEX_BUILDING, LOOK),
    ({"actions_failed": 1}, Kind.ACTIONS_FAILED, ALARM),
    ({"actions_planned": 1, "actions_fault": "The secret is not set."}, Kind.ACTIONS_WAIT, ALARM),
    ({"evidence_fault": "The vault is full."}, Kind.EVIDENCE, ALARM),
    ({"late_list": "NCMEC", "late_since": NOW - DAY_MS, "stale_since": 0}, Kind.LIST_STALE, LOOK),
    ({"log_is_damaged": True, "log_keys": "missing"}, Kind.LOG_DAMAGED, ALARM),
    ({"log_keys": "missing", "log_unsigned": 9}, Kind.LOG_NO_KEY, LOOK),
    ({"log_keys": "locked", "log_unsigned": 9}, Kind.LOG_UNSIGNED, LOOK),
    ({"log_outside_fault": True}, Kind.LOG_NOT_COPIED, LOOK),
    ({"log_stamp_fault": True}, Kind.LOG_NO_STAMP, LOOK),
    ({"disk_used_percent": 85}, Kind.DISK, LOOK),
    ({"disk_used_percent": 95}, Kind.DISK, ALARM),
    ({"case_oldest_at": NOW - 7 * DAY_MS}, Kind.CASE_WAITS, LOOK),
    ({"child_safety_cases": 1, "child_safety_oldest_at": NOW}, Kind.CHILD_SAFETY, ALARM),
    ({"clock_step_ms": -30_000, "clock_stepped_at": NOW - HOUR + 1}, Kind.CLOCK, LOOK),
    ({"self_test_since": NOW - 26 * HOUR}, Kind.SELF_TEST, LOOK),
    *(
        (
            {
                "self_test_step": step.value,
                "self_test_why": "The matcher failed.",
                "self_test_do": step.remedy,
            },
            Kind.SELF_TEST,
            ALARM,
        )
        for step in Step
    ),
]
OF_PDS: list[tuple[dict[str, Any], Kind, Level]] = [
    ({"to_fetch": 3, "to_fetch_oldest_at": NOW - 15 * MINUTE}, Kind.PDS_FILES_WAIT, ALARM),
    ({"is_live": False, "since": NOW - MINUTE}, Kind.PDS_SILENT, LOOK),
    ({"is_live": False, "since": NOW - 15 * MINUTE}, Kind.PDS_SILENT, ALARM),
    ({"can_take_down": False}, Kind.PDS_NO_PASSWORD, LOOK),
    ({"clock_off_ms": 30_000}, Kind.CLOCK, LOOK),
    ({"clock_off_ms": -30_000}, Kind.CLOCK, LOOK),
]
HMA = HmaFacts(True, NOW - DAY_MS, "", "", "", banks=2, hashes=9)
SILENT = replace(HMA, is_answering=False, fault="HMA did not answer within 5 s.", remedy="See that it runs.")
OF_HMA: list[tuple[HmaFacts, Kind, Level]] = [
    (replace(SILENT, since=NOW - MINUTE), Kind.HMA_SILENT, LOOK),
    (replace(SILENT, since=NOW - 15 * MINUTE), Kind.HMA_SILENT, ALARM),
    (replace(HMA, trouble="HMA has not built its index yet."), Kind.HMA_INDEX, LOOK),
    (replace(HMA, gone=("LIST", "OTHERS")), Kind.HMA_BANK_GONE, ALARM),
]
ALL = [*RAISED, *(({"hma": hma}, kind, level) for hma, kind, level in OF_HMA)]
ALL += [({"pds": replace(PDS, **changes)}, kind, level) for changes, kind, level in OF_PDS]


def judged(**changes: Any) -> list[Alarm]:
    return list(alarms(replace(QUIET, **changes), NOW))


def test_where_nothing_is_wrong_nothing_is_raised() -> None:
    assert judged() == []
    assert judged(pds=None) == []
    assert judged(hma=HMA) == []


@pytest.mark.parametrize(("changes", "kind", "level"), ALL)
def test_what_is_wrong_is_raised_alone_and_says_what_helps(
    changes: dict[str, Any], kind: Kind, level: Level
) -> None:
    [alarm] = judged(**changes)
    assert (alarm.kind, alarm.level) == (kind, level)
    assert alarm.do
    assert alarm.place in ("home", "queue", "feed", "actions", "banks", "pds", "log")


@pytest.mark.parametrize(
    "changes",
    [
        {"stale_since": NOW - 30 * DAY_MS + 1},
        {"stale_since": None},
        {"late_list": "NCMEC", "late_since": NOW - DAY_MS + 1},
        {"not_checked": 2, "not_checked_oldest_at": NOW - 15 * MINUTE + 1},
        {"not_checked": 2, "not_checked_oldest_at": NOW - 15 * MINUTE, "is_paused": True},
        {"actions_planned": 5},
        {"actions_fault": "The secret is not set."},
        {"disk_used_percent": 84},
        {"self_test_since": NOW - 26 * HOUR + 1},
        {"self_test_since": NOW - 26 * HOUR, "is_paused": True},
        {"case_oldest_at": NOW - 7 * DAY_MS + 1},
        {"clock_step_ms": 29_999, "clock_stepped_at": NOW},
        {"clock_step_ms": 30_000, "clock_stepped_at": NOW - HOUR},
        {"pds": replace(PDS, is_live=False, since=NOW - MINUTE + 1)},
        {"pds": replace(PDS, to_fetch=3, to_fetch_oldest_at=NOW - 15 * MINUTE + 1)},
        {"pds": replace(PDS, clock_off_ms=29_999)},
        {"hma": replace(SILENT, since=NOW - MINUTE + 1)},
    ],
)
def test_what_may_pass_by_itself_has_its_time(changes: dict[str, Any]) -> None:
    assert judged(**changes) == []


def test_every_kind_is_raised_by_some_rule_and_the_worst_comes_first() -> None:
    assert {kind for _, kind, _ in ALL} == set(Kind)
    found = judged(given_up=1, actions_failed=1, disk_used_percent=86)
    assert [alarm.level for alarm in found] == [ALARM, LOOK, LOOK]


def test_no_sentence_is_longer_than_fourteen_words() -> None:
    for changes, _, _ in ALL:
        for alarm in judged(**changes):
            for sentence in re.split(r"(?<=[.:;]) ", f"{alarm.words} {alarm.do}"):
                assert len(sentence.split()) <= 14, sentence
