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
EFFECT_SECONDS = 60

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
        self.fault = self.remedy = ""

    async def run(self) -> None:
        """Carries out what is planned, as soon as it is. Ends when cancelled."""
        while True:
            seq = self._store.seq  # before the look: what is planned meanwhile is news
            try:
                whole = await self._carry_out_some()
            except StoreError as error:
                log.warning("Actions wait: %s", error.message)
                whole = True
            if whole:
                await self._store.wait_for_news(seq, LOOK_SECONDS)

    async def _carry_out_some(self) -> bool:
        """Carries out some of what is due; whether that was all of it."""
        due = await self._store.read(lambda connection: due_actions(connection, AT_ONCE))
        known = [action for action in due if action.type in self._effects]
        if known:
            self.fault = self.remedy = ""
        await asyncio.gather(*(self._carry_out(action) for action in known))
        return len(due) < AT_ONCE

    async def _carry_out(self, action: Action) -> None:
        if action.state is ActionState.PLANNED:
            await self._change(action, ActionState.RUNNING)
        try:
            async with asyncio.timeout(EFFECT_SECONDS):
                await self._effects[action.type].carry_out(action)
        except TimeoutError:
            await self._wait(action, NotYet("It took too long."))
        except NotYet as error:
            await self._wait(action, error)
        except Impossible as error:
            log.warning("Action %s failed: %s", action.key, error.message)
            await self._change(action, ActionState.FAILED)
        else:
            await self._change(action, ActionState.CONFIRMED)

    async def _wait(self, action: Action, error: NotYet) -> None:
        self.fault, self.remedy = error.message, error.hint
        was_tried = not isinstance(error, Blocked)
        await self._store.write(lambda c: put_off(c, action, error.message, was_tried=was_tried), ())

    async def _change(self, action: Action, state: ActionState) -> None:
        def change(connection: Connection) -> list[Event]:
            set_state(connection, action, state)
            if state is not ActionState.CONFIRMED:
                return [said]
            return [said, *self._effects[action.type].confirmed(connection, action)]

        facts = {"action": action.type, **({"upload": action.upload_id} if action.upload_id else {})}
        said = Event(_EVENTS[state], action.key, facts=facts, case_id=action.case_id)
        await self._store.write(change, lambda events: events)
