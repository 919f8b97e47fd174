from __future__ import annotations

from typing import Any

import pytest

from hma_console.answers import Body
from hma_console.standing import Standing, StateWord, judge
from hma_console.status import Status
from hma_console.themes import Meaning
from tests.fakes.alarms import with_alarms
from tests.fakes.answers import HOUR, MINUTE, NOW, first_start, gate, hma, pds, status


def judged(**changes: Any) -> Standing:
    return judge(Status.parse(Body(with_alarms(status(**changes)))), NOW)


def test_all_is_quiet_where_every_watch_passed() -> None:
    standing = judged()
    assert standing.word is StateWord.QUIET
    assert not standing.troubles
    assert all(watch.meaning is Meaning.FINE for watch in standing.watches)


@pytest.mark.parametrize(
    ("changes", "word", "subject"),
    [
        ({"state": "starting"}, StateWord.LOOK, "Bridge"),
        ({"index__state": "building"}, StateWord.LOOK, "Index"),
        ({"banks__count": 0, "banks__block_lists": 0, "banks__entries": 0}, StateWord.ALARM, "Banks"),
        ({"banks__block_lists": 0}, StateWord.ALARM, "Banks"),
        ({"banks__entries": 0}, StateWord.ALARM, "Banks"),
        ({"uploads__not_checked": 1}, StateWord.ALARM, "Uploads"),
        ({"uploads__not_checked": 2, "uploads__not_checked_final": 2}, StateWord.LOOK, "Unchecked"),
        ({"actions__failed": 1}, StateWord.ALARM, "Actions"),
        ({"actions__planned": 1, "actions__fault": "The secret is not set."}, StateWord.ALARM, "Actions"),
        ({"log__trouble": True}, StateWord.ALARM, "Log"),
        ({"log__keys": "missing", "log__signed": 0}, StateWord.LOOK, "Log"),
        ({"log__keys": "locked", "log__signed": 9000}, StateWord.LOOK, "Log"),
        ({"log__outside_fault": True}, StateWord.LOOK, "Log"),
        ({"log__stamp_fault": True}, StateWord.LOOK, "Log"),
        ({"machine__disk_used_percent": 86}, StateWord.LOOK, "Machine"),
        ({"machine__disk_used_percent": 96}, StateWord.ALARM, "Machine"),
    ],
)
def test_one_watch_that_fails_is_a_trouble_with_what_to_do(
    changes: dict[str, Any], word: StateWord, subject: str
) -> None:
    standing = judged(**changes)
    assert standing.word is word
    assert [trouble.subject for trouble in standing.troubles] == [subject]
    assert standing.troubles[0].do
    assert subject not in [watch.subject for watch in standing.watches]


@pytest.mark.parametrize(
    ("changes", "meaning", "words"),
    [
        ({}, Meaning.FINE, "pds.example.org:3000, last event 12 s ago, looked through 3 h ago"),
        ({"frame_at": None}, Meaning.FINE, "pds.example.org:3000, no event yet, looked through 3 h ago"),
        ({"to_fetch": 3}, Meaning.UNDER_WAY, "pds.example.org:3000, last event 12 s ago, 3 to fetch"),
        (
            {"accounts_to_list": 2},
            Meaning.UNDER_WAY,
            "pds.example.org:3000, last event 12 s ago, 2 accounts to look through",
        ),
        ({"firehose": "connecting", "since": NOW}, Meaning.UNDER_WAY, "pds.example.org:3000, connecting"),
    ],
)
def test_a_pds_is_watched(changes: dict[str, Any], meaning: Meaning, words: str) -> None:
    standing = judged(pds=pds(**changes))
    assert standing.word is StateWord.QUIET
    [watch] = [watch for watch in standing.watches if watch.subject == "PDS"]
    assert (watch.meaning, watch.words) == (meaning, words)


@pytest.mark.parametrize(
    ("changes", "meaning", "words"),
    [
        ({"blocked": 0}, Meaning.FINE, "mode hold, 212 let in, 1 held"),
        ({"blocked": 2}, Meaning.FINE, "mode hold, 212 let in, 1 held, 2 blocked"),
        ({"let_in": 0, "held": 0, "refused_by_pds": 0}, Meaning.TO_DO, "mode hold, 0 let in, 0 held"),
    ],
)
def test_a_gate_that_nothing_came_through_has_no_tick(
    changes: dict[str, Any], meaning: Meaning, words: str
) -> None:
    standing = judged(pds=pds(gate=gate(**changes)))
    assert standing.word is StateWord.QUIET
    [watch] = [watch for watch in standing.watches if watch.subject == "Gate"]
    assert (watch.meaning, watch.words, watch.place) == (meaning, words, "pds")


@pytest.mark.parametrize(
    ("changes", "word", "words"),
    [
        (
            {"firehose": "down", "since": NOW - 2 * MINUTE},
            StateWord.LOOK,
            "The PDS does not answer for 2 min: new files wait.",
        ),
        (
            {"firehose": "down", "since": NOW - HOUR},
            StateWord.ALARM,
            "The PDS does not answer for 1 h: new files wait.",
        ),
        (
            {"to_fetch": 2, "to_fetch_oldest_at": NOW - HOUR},
            StateWord.ALARM,
            "2 files of the PDS not checked, the oldest for 1 h.",
        ),
    ],
)
def test_a_pds_that_stays_away_is_a_trouble(changes: dict[str, Any], word: StateWord, words: str) -> None:
    standing = judged(pds=pds(**changes))
    assert standing.word is word
    assert [trouble.words for trouble in standing.troubles] == [words]
    assert judged(pds=pds(firehose="down", since=NOW - 30_000)).word is StateWord.QUIET


def test_an_upload_may_wait_a_quarter_of_an_hour_to_be_checked_again() -> None:
    def waiting(since: int) -> Standing:
        return judged(uploads__not_checked=3, uploads__not_checked_oldest_at=NOW - since)

    assert waiting(14 * MINUTE).word is StateWord.QUIET
    assert Meaning.UNDER_WAY in [watch.meaning for watch in waiting(14 * MINUTE).watches]
    assert waiting(15 * MINUTE).word is StateWord.ALARM


def test_a_waiting_case_is_not_quiet_and_no_alarm() -> None:
    assert judged(cases__open=1).word is StateWord.WAIT


def test_alarms_come_before_what_is_only_to_be_looked_at() -> None:
    standing = judged(state="starting", machine__disk_used_percent=96)
    assert [trouble.subject for trouble in standing.troubles] == ["Machine", "Bridge"]


def test_the_first_start_is_set_up_and_says_that_nothing_can_match() -> None:
    standing = judge(Status.parse(Body(with_alarms(first_start()))), NOW)
    assert standing.is_first_start
    assert standing.word is StateWord.SET_UP
    assert [trouble.words for trouble in standing.troubles] == ["No list is connected: nothing can match."]
    assert standing.troubles[0].meaning is Meaning.LOOK


def test_one_upload_without_a_list_is_an_alarm() -> None:
    answer = first_start()
    answer["uploads"]["total"] = 1
    standing = judge(Status.parse(Body(with_alarms(answer))), NOW)
    assert standing.word is StateWord.ALARM
    assert standing.troubles[0].meaning is Meaning.ALARM


def test_a_first_start_on_a_full_disk_is_an_alarm() -> None:
    answer = first_start()
    answer["machine"]["disk_used_percent"] = 99
    assert judge(Status.parse(Body(with_alarms(answer))), NOW).word is StateWord.ALARM


@pytest.mark.parametrize(
    ("changes", "meaning", "words"),
    [
        ({}, Meaning.FINE, "2 banks, 1,204,551 hashes, asked 4 s ago"),
        (
            {"is_guarded": False},
            Meaning.FINE,
            "2 banks, 1,204,551 hashes, open to all: no list goes there, asked 4 s ago",
        ),
        (
            {"pictures": {"hashed": 3, "refused": 0, "fault": ""}},
            Meaning.FINE,
            "gets pictures, 2 banks, 1,204,551 hashes, asked 4 s ago",
        ),
        (
            {"pictures": {"hashed": 1200, "refused": 34, "fault": "HMA failed."}},
            Meaning.FINE,
            "refused 34 of 1,234 pictures, 2 banks, 1,204,551 hashes, asked 4 s ago",
        ),
        ({"asked_at": None}, Meaning.UNDER_WAY, "is being asked"),
        ({"state": "open", "fault": "HMA failed."}, Meaning.UNDER_WAY, "left alone: HMA failed."),
        ({"state": "half_open", "fault": "HMA failed."}, Meaning.UNDER_WAY, "is tried: HMA failed."),
    ],
)
def test_an_hma_that_is_asked_is_watched(changes: dict[str, Any], meaning: Meaning, words: str) -> None:
    [watch] = [one for one in judged(matcher=hma(**changes)).watches if one.subject == "HMA"]
    assert watch.meaning is meaning
    assert watch.words.startswith("hma.example.org:5100")
    assert watch.words.removeprefix("hma.example.org:5100").strip(" ,") == words


def test_an_hma_that_is_only_there_to_be_compared_is_not_watched() -> None:
    assert "HMA" not in [one.subject for one in judged(matcher={**hma(), "kind": "embedded"}).watches]
