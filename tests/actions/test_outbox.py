"""The outbox: nothing is confirmed that was not read back, nothing forgotten, each change in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlalchemy import Connection, text

from bridge.actions import outbox as module
from bridge.actions.effect import Blocked, Impossible, NotYet
from bridge.actions.outbox import Outbox
from bridge.errors import BridgeError
from bridge.events import Event, EventType
from bridge.records import ActionRow
from bridge.store import outbox as stored
from bridge.store.action_rows import Which, action_rows, drop_action, retry_action
from bridge.store.backoff import spread
from bridge.store.outbox import Action, due_actions
from bridge.store.store import Store
from tests.houses import House

CASE = "abcdefghabcdefgh"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "FIRST_RETRY_MS", 1)
    monkeypatch.setattr(stored, "BLOCKED_MS", 1)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


@dataclass
class Scripted:
    """An effect that goes as the test says: an error is raised, None succeeds, an event is waited for."""

    seconds = 60.0

    outcomes: list[BridgeError | asyncio.Event | None]
    tries: list[Action] = field(default_factory=list)

    async def carry_out(self, action: Action) -> None:
        self.tries.append(action)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
        elif outcome is not None:
            raise outcome

    def confirmed(self, connection: Connection, action: Action) -> list[Event]:
        return []


async def plan(store: Store, key: str = "takedown:u", state: str = "planned") -> None:
    def insert(connection: Connection) -> None:
        connection.execute(
            text(
                "INSERT INTO actions (idempotency_key, type, state, automatic, case_id, upload_id,"
                " content_id, did, cid, why, planned_at)"
                " VALUES (:key, 'takedown', :state, 1, :case, :upload, 1, 'did:x', 'bafk', '', 0)"
            ),
            {"key": key, "state": state, "case": CASE, "upload": "uploaduploadupld"},
        )

    facts = {"action": "takedown", "category": "own", "upload": "uploaduploadupld"}
    await store.write(insert, [Event(EventType.ACTION_PLANNED, key, facts=facts, case_id=CASE)])


@asynccontextmanager
async def running(store: Store, effect: Scripted) -> AsyncIterator[Outbox]:
    outbox = Outbox(store, {"takedown": effect})
    task = asyncio.create_task(outbox.run())
    yield outbox
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def states(store: Store) -> list[str]:
    return await store.read(lambda c: list(c.scalars(text("SELECT state FROM actions ORDER BY id"))))


async def until(store: Store, *wanted: str) -> None:
    async with asyncio.timeout(10):
        while await states(store) != list(wanted):
            await asyncio.sleep(0.005)


async def types(house: House) -> list[str]:
    return [each for each in await house.events() if each.startswith("action.")]


async def test_what_is_planned_is_carried_out_and_each_step_logged(house: House) -> None:
    effect = Scripted([])
    async with running(house.store, effect):
        await plan(house.store)
        await until(house.store, "confirmed")
    assert len(effect.tries) == 1
    assert await types(house) == ["action.planned", "action.started", "action.confirmed"]


async def test_what_is_not_possible_yet_is_tried_again_until_it_is(house: House) -> None:
    effect = Scripted([NotYet("Down.", "See."), Blocked("Locked."), NotYet("Down."), None])
    await plan(house.store)
    async with running(house.store, effect) as outbox:
        await until(house.store, "confirmed")
        assert outbox.fault == ""
    assert [each.attempts for each in effect.tries] == [0, 1, 1, 2], "what asked nobody is no try"
    assert effect.tries[1].why == "Down."
    assert await types(house) == ["action.planned", "action.started", "action.confirmed"]
    assert await house.store.read(lambda c: c.scalar(text("SELECT count(*) FROM attempts"))) == 0


async def test_what_cannot_be_done_has_failed_and_is_left_alone(house: House) -> None:
    effect = Scripted([Impossible("No such blob.")])
    await plan(house.store)
    async with running(house.store, effect):
        await until(house.store, "failed")
        await plan(house.store, "takedown:v")
        await until(house.store, "failed", "confirmed")
    assert len(effect.tries) == 2
    assert await types(house) == [
        *("action.planned", "action.started", "action.failed"),
        *("action.planned", "action.started", "action.confirmed"),
    ]


async def test_a_try_keeps_what_it_said_and_what_helps(house: House) -> None:
    effect = Scripted([NotYet("Down.", "Start it."), Impossible("No such blob.", "Look at the PDS.")])
    await plan(house.store)
    async with running(house.store, effect):
        await until(house.store, "failed")
    [row] = await house.store.read(lambda c: action_rows(c, Which.FAILED, 9))
    assert [(one.what, one.remedy) for one in row.tries] == [
        ("Down.", "Start it."),
        ("No such blob.", "Look at the PDS."),
    ]
    assert row.remedy == "Look at the PDS."
    assert row.ended_at is not None
    async with running(house.store, Scripted([Blocked("Locked.", "Unlock it.")] * 10_000)) as outbox:
        await house.store.write(lambda c: retry_action(c, row), [retried(row)])
        await waits(house.store)
        assert outbox.fault == "Locked."
    [row] = await house.store.read(lambda c: action_rows(c, Which.OPEN, 9))
    assert (row.trouble, row.remedy, row.ended_at) == ("Locked.", "Unlock it.", None)
    await house.store.write(lambda c: drop_action(c, row), [retried(row)])
    [row] = await house.store.read(lambda c: action_rows(c, Which.ALL, 9))
    assert (row.state, row.ended_at is not None) == ("cancelled", True)


def retried(row: ActionRow) -> Event:
    return Event(EventType.ACTION_RETRIED, "takedown:u", "user:ana", {"action": row.type})


async def waits(store: Store) -> None:
    """Until a try was put off."""
    async with asyncio.timeout(20):
        while not await store.read(lambda c: c.scalar(text("SELECT count(*) FROM attempts"))):
            await asyncio.sleep(0.01)


async def test_what_was_running_when_the_bridge_ended_runs_again(house: House) -> None:
    await plan(house.store, state="running")
    effect = Scripted([])
    async with running(house.store, effect):
        await until(house.store, "confirmed")
    assert await types(house) == ["action.planned", "action.confirmed"]


async def test_one_that_hangs_stops_none_of_the_others_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "seconds", 0.05)
    effect = Scripted([asyncio.Event()])
    for number in range(12):
        await plan(house.store, f"takedown:{number}")
    async with running(house.store, effect):
        await until(house.store, *["confirmed"] * 12)
    assert len(effect.tries) == 13


async def test_the_wait_between_tries_grows_and_is_bounded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "FIRST_RETRY_MS", 2_000)
    monkeypatch.setattr(stored, "now_ms", lambda: 1_000_000)
    monkeypatch.setattr(stored, "spread", lambda wait: wait)
    await plan(house.store)
    waits = []
    for tried in (*range(12), 60):
        action = Action(1, "k", "takedown", stored.ActionState.RUNNING, CASE, "u", "d", "c", attempts=tried)
        await house.store.write(partial(stored.put_off, action=action, why="Down."), ())
        due = await house.store.read(lambda c: c.scalar(text("SELECT due_at FROM attempts")))
        waits.append((due - 1_000_000) // 1000)
        assert await house.store.read(lambda c: due_actions(c, 9)) == []
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]


def test_what_failed_together_is_not_tried_again_together() -> None:
    waits = [spread(4_000) for _ in range(200)]
    assert len(set(waits)) > 50
    assert 4_000 <= min(waits) <= max(waits) <= 5_000
