"""The outbox's runner: planned → running → confirmed or failed, each change with its entry in the log.

An action is confirmed when its effect was read back, never because somebody answered 200. What was
running when the bridge ended runs again: every effect may be carried out twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from sqlalchemy import Connection

from bridge.actions.effect import Blocked, Effect, Impossible, NotYet
from bridge.errors import StoreError
from bridge.events import Event, EventType
from bridge.store.outbox import Action, ActionState, due_actions, put_off, set_state
from bridge.store.store import Store

AT_ONCE = 8
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)

_EVENTS = {
    ActionState.RUNNING: EventType.ACTION_STARTED,
    ActionState.CONFIRMED: EventType.ACTION_CONFIRMED,
    ActionState.FAILED: EventType.ACTION_FAILED,
}


class Outbox:
    """`run` is the owner task. `fault` says what stands in the way of an action now, `remedy` what helps."""

    def __init__(self, store: Store, effects: Mapping[str, Effect]) -> None:
        self._store = store
        self._effects = effects
        self._in_flight: dict[int, Action] = {}
        self.fault = self.remedy = ""

    async def run(self) -> None:
        """Carries out what is planned, as soon as it is. Ends when cancelled."""
        running: dict[int, asyncio.Task[None]] = {}
        self._in_flight.clear()
        try:
            while True:
                seq = self._store.seq  # before the look: what is planned meanwhile is news
                try:
                    await self._begin_due(running)
                except StoreError as error:
                    log.warning("Actions wait: %s", error.message)
                await self._until_something(running, seq)
        finally:
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def _begin_due(self, running: dict[int, asyncio.Task[None]]) -> None:
        """Begins what is due, as far as there is room: a slow action keeps no other one waiting."""
        limit = AT_ONCE + len(running)
        for action in await self._store.read(lambda c: due_actions(c, limit, self._effects)):
            if len(running) < AT_ONCE and action.id not in running and self._may_begin(action):
                self._in_flight[action.id] = action
                running[action.id] = asyncio.create_task(self._carry_out(action), name="action")

    def _may_begin(self, action: Action) -> bool:
        """Never two at once on one subject: which of them the PDS heard last, nobody would know.

        One that was cancelled may still be on its way there.
        """
        subject = (action.did, action.cid, action.uri)
        on_its_way = any((one.did, one.cid, one.uri) == subject for one in self._in_flight.values())
        return not (action.did and on_its_way)

    async def _until_something(self, running: dict[int, asyncio.Task[None]], seq: int) -> None:
        """Until an action has ended, something is news, or a second has passed."""
        news = asyncio.create_task(self._store.wait_for_news(seq, LOOK_SECONDS), name="news")
        try:
            await asyncio.wait({news, *running.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            await asyncio.gather(news, return_exceptions=True)
        for number, task in tuple(running.items()):
            if task.done():
                del running[number], self._in_flight[number]
                try:
                    task.result()
                except StoreError as error:
                    log.warning("Actions wait: %s", error.message)

    async def _carry_out(self, action: Action) -> None:
        if action.state is ActionState.PLANNED and not await self._change(action, ActionState.RUNNING):
            return
        try:
            async with asyncio.timeout(self._effects[action.type].seconds):
                await self._effects[action.type].carry_out(action)
        except TimeoutError:
            await self._wait(action, NotYet("It took too long."))
        except NotYet as error:
            await self._wait(action, error)
        except Impossible as error:
            log.warning("Action %s failed: %s", action.key, error.message)
            self.fault = self.remedy = ""  # it waits no more
            await self._change(action, ActionState.FAILED, error.message, error.hint)
        else:
            self.fault = self.remedy = ""
            await self._change(action, ActionState.CONFIRMED)

    async def _wait(self, action: Action, error: NotYet) -> None:
        self.fault, self.remedy = error.message, error.hint
        was_tried, first = not isinstance(error, Blocked), error.first_retry_ms
        await self._store.write(
            lambda c: put_off(c, action, error.message, error.hint, was_tried=was_tried, first=first), ()
        )

    async def _change(self, action: Action, state: ActionState, why: str = "", remedy: str = "") -> bool:
        """False where it was cancelled meanwhile."""

        def change(connection: Connection) -> list[Event]:
            if not set_state(connection, action, state, why, remedy):
                return []
            if state is not ActionState.CONFIRMED:
                return [said]
            return [said, *self._effects[action.type].confirmed(connection, action)]

        facts = {"action": action.type, **({"upload": action.upload_id} if action.upload_id else {})}
        said = Event(_EVENTS[state], action.key, facts=facts, case_id=action.case_id)
        events = await self._store.write(change, lambda events: events)
        return bool(events)
