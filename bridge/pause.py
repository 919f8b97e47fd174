"""The pause: nothing is taken down or held by itself, and no upload of the PDS waits for us.

It stands in the store, so it outlives the process. What came meanwhile through the gate is recorded
as not checked; when the pause ends it is compared, and decided as if it came then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge.errors import Conflict, InputError, NotChecked
from bridge.events import Event, EventType
from bridge.outcomes import Outcome
from bridge.receiving import Content
from bridge.signals import Signals
from bridge.store.pauses import Paused, begin_pause, end_pause, find_pause
from bridge.store.retries import retry_all
from bridge.store.store import Store
from bridge.uploads import Upload
from bridge.verdicts import Reason, Verdict

LONGEST_REASON = 500
RETRY_SECONDS = 60

Hash = Callable[[Content], Awaitable[Signals]]


@dataclass(frozen=True, slots=True)
class Resumed:
    """What the pause was, and how many uploads are checked now."""

    paused: Paused
    uploads: int


class Pause:
    """`state` is the pause that stands, None where there is none; `opened` reads the one from before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.state: Paused | None = None

    @property
    def is_on(self) -> bool:
        return self.state is not None

    @classmethod
    async def opened(cls, store: Store) -> Pause:
        """When the bridge starts. Raises StoreError."""
        pause = cls(store)
        pause.state = await store.read(find_pause)
        return pause

    async def begin(self, actor: str, reason: str = "") -> Paused:
        """Raises InputError for a reason that is too long, Conflict where it is paused, StoreError."""
        reason = reason.strip()
        if len(reason) > LONGEST_REASON:
            raise InputError(f"A reason has at most {LONGEST_REASON} letters.", "Write a shorter one.")

        def change(connection: Connection) -> Paused:
            paused = begin_pause(connection, actor, reason)
            if paused is None:
                raise Conflict("It is paused already.", "`hma-console resume` ends the pause.")
            return paused

        private = {"note": reason} if reason else {}
        self.state = await self._store.write(
            change, [Event(EventType.BRIDGE_PAUSED, "bridge", actor, private=private)]
        )
        return self.state

    async def end(self, actor: str) -> Resumed:
        """All that was not checked is due at once. Raises Conflict where it is not paused, StoreError."""

        def change(connection: Connection) -> Resumed:
            paused = find_pause(connection)
            if paused is None or not end_pause(connection):
                raise Conflict("It is not paused.", "Nothing is to be done.")
            return Resumed(paused, retry_all(connection))

        done = await self._store.write(
            change,
            lambda done: [Event(EventType.BRIDGE_RESUMED, "bridge", actor, {"uploads": done.uploads})],
        )
        self.state = None
        return done


async def uncompared(upload: Upload, content: Content, hash_: Hash, known: Signals | None = None) -> Outcome:
    """The outcome of an upload during the pause: its signals are kept, so that it can be compared later."""
    why = NotChecked(Reason.PAUSED, "The bridge is paused.", RETRY_SECONDS)
    try:
        signals = known or await hash_(content)
    except NotChecked as error:
        signals = replace(content.exact_signals(error.message), unread=True)
    return Outcome(upload, signals, Verdict.NOT_CHECKED, (), (), why)
