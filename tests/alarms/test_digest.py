"""The weekly digest says numbers and names of lists, in its hour; quiet hours are those that were set."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from bridge.alarms.digest import ListAge, Week, due_digest, week
from bridge.alarms.hours import Hours
from bridge.catalogue import Category
from bridge.errors import SettingsError
from bridge.self_test_result import Result, Step, Way
from bridge.settings import AlarmSettings
from bridge.uploads import now_ms
from bridge.verdicts import Verdict
from tests.alarms.hours import HOURS, LOCAL, local
from tests.houses import House, png


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (local(2026, 11, 30, 7, 59), ""),
        (local(2026, 11, 30, 8, 0), "digest.2026-11-30"),
        (local(2026, 12, 1, 7, 59), "digest.2026-11-30"),
        (local(2026, 12, 1, 8, 0), ""),
    ],
)
def test_a_digest_that_is_a_day_late_is_left_out(at: datetime, name: str) -> None:
    assert due_digest(HOURS, at) == name


async def test_the_week_in_numbers_names_lists_and_no_person(house: House) -> None:
    await house.bank("Pictures of Ana", png(0))
    await house.bank("StopNCII", png(2), category=Category.NCII)
    await house.bank("nothing in it")
    for number in (0, 1):
        await house.upload(png(number), claimed_author="did:plc:ana")
    found = await house.store.read(lambda connection: week(connection, now_ms()))
    assert found.text.splitlines() == [
        "Checked: 2 uploads, matched: 1.",
        "Not checked: 0.",
        "Could not be hashed: 0.",
        "Cases: 0 decided, 1 waiting, 0 put off.",
        "Actions that failed: 0.",
        "Alarms raised now: 0.",
        "Self-test: none yet.",
        "List StopNCII: 4 entries, changed 0 s ago.",
        "Own banks: 4 entries.",
    ]


def test_the_digest_says_how_the_self_test_went() -> None:
    def told(test: Result) -> str:
        return Week(7_200_000, dict.fromkeys(Verdict, 0), 0, 0, 0, 0, 0, 0, (), test).text

    assert "\nSelf-test: passed 2 h ago.\n" in told(Result(0, 0, Way.GATE))
    assert "\nSelf-test: failed at its step match 2 h ago.\n" in told(Result(0, None, Way.API, Step.MATCH))


def test_of_many_lists_the_digest_names_the_oldest() -> None:
    lists = tuple(ListAge(f"list {number}", 5, number) for number in range(12))
    told = Week(0, dict.fromkeys(Verdict, 0), 0, 0, 0, 0, 0, 0, lists).text
    assert "List list 9: 5 entries" in told
    assert told.endswith("\nLists changed since then: 2.")


@pytest.mark.parametrize(
    ("begins", "ends", "at", "quiet"),
    [
        ("22:00", "07:00", time(23), True),
        ("22:00", "07:00", time(6, 59), True),
        ("22:00", "07:00", time(7), False),
        ("01:00", "05:00", time(3), True),
        ("01:00", "05:00", time(0, 59), False),
        ("00:00", "00:00", time(0), False),
    ],
)
def test_quiet_hours_may_pass_midnight(begins: str, ends: str, at: time, quiet: bool) -> None:
    hours = Hours.of(AlarmSettings(quiet=f"{begins}-{ends}"))
    assert (hours.quiet_until(datetime.combine(local(2026, 11, 25), at, LOCAL)) is not None) is quiet


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (local(2026, 11, 25, 22), local(2026, 11, 26, 7)),
        (local(2026, 11, 26, 6, 59), local(2026, 11, 26, 7)),
    ],
)
def test_quiet_hours_end_in_the_morning(at: datetime, ends: datetime) -> None:
    assert HOURS.quiet_until(at) == ends


@pytest.mark.parametrize(
    "settings",
    [
        AlarmSettings(quiet="at night"),
        AlarmSettings(quiet="22:00-25:00"),
        AlarmSettings(digest="monday"),
        AlarmSettings(digest="mon 24:00"),
        AlarmSettings(self_test="at night"),
    ],
)
def test_hours_that_cannot_be_read_are_refused(settings: AlarmSettings) -> None:
    with pytest.raises(SettingsError, match="alarms"):
        Hours.of(settings)
