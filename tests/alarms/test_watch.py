"""The watch raises once, tells once, waits out what flaps, is quiet at night, and sends one digest a week."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from bridge.alarm import Kind
from bridge.alarms.facts import Facts
from bridge.alarms.raising import CLEAR_MS
from bridge.alarms.watch import AlarmWatch
from bridge.errors import StoreError
from bridge.events import Event, EventType
from bridge.receivers import Receivers
from bridge.settings import WebhookSettings
from bridge.store.alarms import told_alarms
from bridge.store.outbox import ActionState
from tests.alarms.hours import HOURS, local
from tests.alarms.test_rules import MINUTE, QUIET
from tests.houses import House

TOLD = Receivers.of(WebhookSettings(url="http://127.0.0.1:1/"))

NOON = int(local(2026, 11, 25, 12).timestamp() * 1000)
"""A Wednesday."""


class Watched:
    """A watch with a clock and facts of the test's; `cried` is what went past the store."""

    def __init__(self, house: House, receivers: Receivers = TOLD) -> None:
        self.house, self.facts, self.now = house, QUIET, NOON
        self.receivers = receivers
        self.cried: list[str] = []
        self.hears = True
        self.begin()

    def begin(self) -> None:
        store, clock = self.house.store, lambda: self.now
        self.watch = AlarmWatch(store, self._look, self.receivers, HOURS, self._cry, clock)

    async def _look(self) -> Facts:
        return self.facts

    async def _cry(self, kind: str, words: str) -> bool:
        self.cried += [kind] if self.hears else []
        return self.hears

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
    await watched.look(CLEAR_MS, disk_used_percent=86)
    assert await watched.logged() == ["alarm.raised"] * 3
    assert [words.partition(" Do")[0] for words in await watched.told()] == [
        "alarm.disk: The disk is 86 % full.",
        "alarm.disk: The disk is 96 % full.",
    ]
    await watched.look(MINUTE, disk_used_percent=96)
    assert len(await watched.told()) == 3, "worse once more"


async def test_what_wavers_between_two_levels_is_the_worse_one(watched: Watched) -> None:
    for _ in range(4):
        await watched.look(MINUTE, disk_used_percent=95)
        await watched.look(MINUTE, disk_used_percent=94)
    assert await watched.logged() == ["alarm.raised"]
    assert len(await watched.told()) == 1


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


async def test_at_night_it_waits_for_the_morning_that_a_look_is_over_too(watched: Watched) -> None:
    watched.now = int(local(2026, 11, 25, 21, 59).timestamp() * 1000)
    await watched.look(disk_used_percent=86, actions_failed=1)
    await watched.look(MINUTE)
    await watched.look(CLEAR_MS)
    assert await watched.logged() == ["alarm.raised"] * 2 + ["alarm.cleared"] * 2
    morning = int(local(2026, 11, 26, 7).timestamp() * 1000)
    waits = text(
        "SELECT kind, wait_until FROM messages JOIN actions ON id = action_id ORDER BY id LIMIT 2 OFFSET 2"
    )
    rows = await watched.house.store.read(lambda c: [tuple(row) for row in c.execute(waits)])
    assert rows == [("alarm.actions_failed", 0), ("alarm.disk", morning)]


async def test_without_a_webhook_it_is_logged_and_told_to_nobody(house: House) -> None:
    watched = Watched(house, Receivers())
    await watched.look(actions_failed=1)
    assert (await watched.logged(), await watched.told()) == (["alarm.raised"], [])


async def test_what_nobody_was_told_is_told_once_there_is_a_webhook(house: House) -> None:
    watched = Watched(house, Receivers())
    await watched.look(actions_failed=1)
    watched.receivers = TOLD
    watched.begin()
    await watched.look(MINUTE, actions_failed=1)
    assert (await watched.logged(), len(await watched.told())) == (["alarm.raised"], 1)


async def test_it_is_known_how_far_the_telling_got(watched: Watched) -> None:
    await watched.look(disk_used_percent=86, given_up=1)
    done = text("UPDATE actions SET state = 'confirmed' WHERE idempotency_key LIKE '%disk%'")
    event = Event(EventType.ACTION_CONFIRMED, "notify", facts={"action": "notify"})
    await watched.house.store.write(lambda c: c.execute(done), [event])
    told = await watched.house.store.read(told_alarms)
    assert {kind: each.state for kind, each in told.items()} == {
        Kind.DISK: ActionState.CONFIRMED,
        Kind.UPLOADS_GIVEN_UP: ActionState.PLANNED,
    }


async def test_where_nothing_can_be_written_the_worst_is_told_past_the_store(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StoreError("Nothing was done and nothing recorded: the disk is full.")

    wrong = {"disk_used_percent": 96, "given_up": 1}
    with monkeypatch.context() as full:
        full.setattr(watched.house.store, "write", refuse)
        watched.hears = False
        with pytest.raises(StoreError):
            await watched.look(**wrong)
        watched.hears = True
        for _ in range(3):
            with pytest.raises(StoreError):
                await watched.look(MINUTE, **wrong)
    assert watched.cried == ["alarm.disk"]
    await watched.look(MINUTE)
    assert (await watched.logged(), await watched.told()) == ([], [])


async def test_what_every_start_goes_through_is_no_news(watched: Watched) -> None:
    await watched.look(is_ready=False, index_ready=False)
    assert (await watched.logged(), await watched.told()) == ([], [])


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
