"""The watch raises once, tells once, waits out what flaps, is quiet at night, and sends one digest a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from sqlalchemy import text

from bridge.alarm import Kind
from bridge.alarms.digest import due_digest, week
from bridge.alarms.facts import Facts
from bridge.alarms.hours import Hours
from bridge.alarms.watch import CLEAR_MS, AlarmWatch
from bridge.errors import SettingsError
from bridge.receivers import Receivers
from bridge.settings import AlarmSettings, WebhookSettings
from tests.alarms.test_rules import MINUTE, QUIET
from tests.houses import House, png

TOLD = Receivers.of(WebhookSettings(url="http://127.0.0.1:1/"))
HOURS = Hours.of(AlarmSettings())
LOCAL = datetime.now(UTC).astimezone().tzinfo


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


NOON = int(local(2026, 11, 25, 12).timestamp() * 1000)
"""A Wednesday."""


class Watched:
    """A watch with a clock and facts of the test's."""

    def __init__(self, house: House, receivers: Receivers = TOLD) -> None:
        self.house, self.facts, self.now = house, QUIET, NOON
        self.receivers = receivers
        self.begin()

    def begin(self) -> None:
        self.watch = AlarmWatch(self.house.store, self._look, self.receivers, HOURS, lambda: self.now)

    async def _look(self) -> Facts:
        return self.facts

    async def look(self, after: int = 0, **changes: object) -> None:
        self.facts, self.now = replace(QUIET, **changes), self.now + after  # type: ignore[arg-type]
        await self.watch.look_once()

    async def told(self) -> list[str]:
        query = text("SELECT kind || ': ' || text FROM messages ORDER BY action_id")
        return list(await self.house.store.read(lambda c: c.scalars(query).all()))

    async def logged(self) -> list[str]:
        return [each for each in await self.house.events() if each.startswith("alarm.")]


@pytest.fixture
def watched(house: House) -> Watched:
    return Watched(house)


async def test_an_alarm_is_raised_logged_and_told_once(watched: Watched) -> None:
    for _ in range(3):
        await watched.look(MINUTE, actions_failed=1)
    assert await watched.logged() == ["alarm.raised"]
    assert await watched.told() == [
        "alarm.actions_failed: 1 action failed. Do: press 4: each says why; a tries it again."
    ]
    assert [alarm.kind for alarm in watched.watch.now] == [Kind.ACTIONS_FAILED]


async def test_it_is_cleared_when_it_was_gone_for_a_while(watched: Watched) -> None:
    await watched.look(actions_failed=1)
    await watched.look(MINUTE)
    assert await watched.logged() == ["alarm.raised"]
    await watched.look(CLEAR_MS)
    assert await watched.logged() == ["alarm.raised", "alarm.cleared"]
    assert (await watched.told())[1:] == ["alarm.actions_failed: No longer so: actions failed."]
    await watched.look(MINUTE, actions_failed=1)
    assert len(await watched.told()) == 3, "raised anew, told anew"


async def test_what_comes_and_goes_is_one_alarm(watched: Watched) -> None:
    for _ in range(5):
        await watched.look(MINUTE, actions_failed=1)
        await watched.look(MINUTE)
    assert await watched.logged() == ["alarm.raised"]
    assert len(await watched.told()) == 1


async def test_a_restart_raises_nothing_anew(watched: Watched) -> None:
    await watched.look(actions_failed=1)
    watched.begin()
    await watched.look(MINUTE, actions_failed=1)
    assert (len(await watched.logged()), len(await watched.told())) == (1, 1)


async def test_one_that_gets_worse_is_told_again_one_that_gets_better_is_not(watched: Watched) -> None:
    await watched.look(disk_used_percent=86)
    await watched.look(MINUTE, disk_used_percent=96)
    await watched.look(MINUTE, disk_used_percent=86)
    assert await watched.logged() == ["alarm.raised"] * 3
    assert [words.partition(" Do")[0] for words in await watched.told()] == [
        "alarm.disk: The disk is 86 % full.",
        "alarm.disk: The disk is 96 % full.",
    ]


async def test_at_night_only_the_worst_is_told_the_rest_in_the_morning(watched: Watched) -> None:
    watched.now = int(local(2026, 11, 25, 23, 30).timestamp() * 1000)
    await watched.look(disk_used_percent=86)
    assert (await watched.logged(), await watched.told()) == (["alarm.raised"], [])
    await watched.look(MINUTE, disk_used_percent=86, actions_failed=1)
    assert len(await watched.told()) == 1
    await watched.look(8 * 60 * MINUTE, disk_used_percent=86, actions_failed=1)
    assert [words.partition(":")[0] for words in await watched.told()] == [
        "alarm.actions_failed",
        "alarm.disk",
    ]


async def test_without_a_webhook_it_is_logged_and_told_to_nobody(house: House) -> None:
    watched = Watched(house, Receivers())
    await watched.look(actions_failed=1)
    assert (await watched.logged(), await watched.told()) == (["alarm.raised"], [])


async def test_what_every_start_goes_through_is_no_news(watched: Watched) -> None:
    await watched.look(is_ready=False, index_ready=False)
    assert (await watched.logged(), await watched.told()) == ([], [])
    assert len(watched.watch.now) == 2


async def test_the_digest_is_sent_once_a_week_also_across_restarts(watched: Watched) -> None:
    monday = local(2026, 11, 30, 7, 59)
    watched.now = int(monday.timestamp() * 1000)
    await watched.look()
    assert await watched.told() == []
    for _ in range(3):
        watched.begin()
        await watched.look(MINUTE)
    [digest] = await watched.told()
    assert digest.startswith("digest: Checked: 0 uploads, matched: 0.")
    await watched.look(7 * 24 * 60 * MINUTE)
    assert len(await watched.told()) == 2


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
    await house.bank("own", png(0))
    await house.upload(png(0), claimed_author="did:plc:ana")
    await house.upload(png(1), claimed_author="did:plc:ana")
    found = await house.store.read(lambda connection: week(connection, NOON * 2))
    assert found.waiting == 1
    assert "List own: 4 entries" in found.text
    assert "plc" not in found.text


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
    assert hours.is_quiet(datetime.combine(local(2026, 11, 25), at)) is quiet


@pytest.mark.parametrize(
    "settings",
    [
        AlarmSettings(quiet="at night"),
        AlarmSettings(quiet="22:00-25:00"),
        AlarmSettings(digest="monday"),
        AlarmSettings(digest="mon 24:00"),
    ],
)
def test_hours_that_cannot_be_read_are_refused(settings: AlarmSettings) -> None:
    with pytest.raises(SettingsError, match="alarms"):
        Hours.of(settings)
