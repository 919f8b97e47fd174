"""Reveals: a person looks at a picture, on purpose, briefly, and it is written down before it is shown.

The rules are held here, whatever a screen does: child-safety pictures are never drawn unless that was
switched on and a word typed; a pause is offered after every few, and is the rule after the day's number.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bridge.bell import Bell
from bridge.catalogue import Category
from bridge.errors import (
    Conflict,
    NeverShown,
    NotChecked,
    NotFound,
    NotShownHere,
    PauseNeeded,
    PauseOffered,
    SettingsError,
    StoreError,
    Unhashable,
    WordNeeded,
)
from bridge.events import Event, EventType
from bridge.hashing import Hasher
from bridge.reveals.drawing import Drawing, Drawn
from bridge.reveals.sources import Sources
from bridge.settings import PictureSettings
from bridge.store import reveals as stored
from bridge.store.cases import find_case
from bridge.store.reveals import Extent, Reveal, Sought, Used
from bridge.store.store import Store
from bridge.uploads import new_id, now_ms
from bridge.verdicts import Reason

LONGEST_MS = 15_000
"""After which a picture is hidden in any case, and its entry closed."""
PAUSE_MS = 10 * 60_000
PAUSE_AFTER = 3
WORD = "reveal"
_LOOK_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to see. `reveal` goes on with one that is on the screen: sharper, larger, in
    colour. `word` is what was typed, `goes_on` declines the pause that was offered.
    """

    case: str
    upload: str
    drawing: Drawing
    reveal: str = ""
    word: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """`left_ms` is for how long it may stay on the screen."""

    reveal: str
    drawn: Drawn
    left_ms: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one person may look at: `left` of `a_day`; `pause` is none, offered or needed, the latter until
    `pause_until` (milliseconds since 1970, 0 where there is none). `child_safety` is never or ask.
    """

    left: int
    a_day: int
    pause: str
    pause_until: int
    child_safety: str


class Reveals:
    """Shows pictures to persons. `run` is the owner task that ends what nobody ended.

    Other `settings` may be put in their place while it runs.
    """

    def __init__(
        self,
        store: Store,
        hasher: Hasher,
        sources: Sources,
        settings: PictureSettings,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        """Raises SettingsError for a word that `child_safety` does not take."""
        if settings.child_safety not in ("never", "ask"):
            raise SettingsError(
                f"pictures.child_safety takes never or ask, not {settings.child_safety[:20]!r}."
            )
        self._store = store
        self._hasher = hasher
        self._sources = sources
        self.settings = settings
        self._clock = clock
        self._begun = Bell()

    async def allowance(self, actor: str) -> Allowance:
        now = self._clock()
        used = await self._store.read(lambda connection: stored.used(connection, actor, now))
        return self._allowance(used, now)

    async def show(self, asked: Asked, actor: str) -> Shown:
        """Draws a picture, once it is written down that it was shown.

        Raises NotFound, RevealRefused, Conflict where `reveal` is hidden already, KeysLocked where only the
        vault has it, NotChecked (busy), Unreachable, VaultError, StoreError.
        """
        case = await self._store.read(lambda connection: find_case(connection, asked.case))
        sought = await self._store.read(lambda c: stored.find_sought(c, case.id, asked.upload))
        self._check_category(sought, case.category, asked.word)
        await self._store.read(lambda connection: self._check_turn(connection, sought, asked, actor))
        drawn = await self._draw(sought, asked.drawing)
        extent = Extent(asked.drawing.step, asked.drawing.colour, drawn.whole)
        reveal, _ = await self._store.write(
            partial(self._begin, sought=sought, asked=asked, extent=extent, actor=actor), lambda made: made[1]
        )
        self._begun.ring()
        return Shown(reveal.id, drawn, max(0, reveal.ends_by - self._clock()))

    async def end(self, reveal_id: str, shown_ms: int, actor: str) -> Reveal:
        """It is hidden, after so many milliseconds; one that was ended already stays as it is.

        Raises NotFound, also where another person began it, StoreError.
        """
        ended, _ = await self._store.write(
            lambda c: self._end(c, reveal_id, shown_ms, actor), lambda done: done[1]
        )
        return ended

    async def run(self) -> None:
        """Ends reveals that nobody ended in time, those of an earlier run first. Ends when cancelled."""
        while True:
            seconds = _LOOK_SECONDS
            try:
                for reveal_id, ends_by in await self._store.read(stored.unfinished):
                    if ends_by > (now := self._clock()):
                        seconds = min(seconds, (ends_by - now) / 1000)
                        break
                    await self.end(reveal_id, LONGEST_MS, "bridge")
            except StoreError as error:
                log.warning("Reveals are closed later: %s", error.message)
            await self._begun.wait(seconds)

    def _check_category(self, sought: Sought, category: Category, word: str) -> None:
        if category is not Category.CHILD_SAFETY and not sought.is_child_safety:
            return
        if self.settings.child_safety != "ask":
            raise NeverShown("Never shown: child-safety list.")
        if word != WORD:
            raise WordNeeded("A picture of a child-safety case needs the typed word.")

    def _check_turn(self, connection: Connection, sought: Sought, asked: Asked, actor: str) -> Reveal | None:
        """The reveal to go on with; None where a new one may begin."""
        now = self._clock()
        if asked.reveal:
            reveal = stored.find_reveal(connection, asked.reveal)
            whose = (reveal.case_id, reveal.upload_id, reveal.actor)
            if whose != (sought.case_id, sought.upload_id, actor):
                raise Conflict("Another picture goes by that reveal.")
            if reveal.shown_ms is not None or reveal.ends_by <= now:
                raise Conflict("That picture is hidden already.")
            return reveal
        allowance = self._allowance(stored.used(connection, actor, now), now)
        minutes = max(1, -(-(allowance.pause_until - now) // 60_000))
        if allowance.pause == "needed":
            raise PauseNeeded(f"The day's {allowance.a_day} are seen: the next one in {minutes} min.")
        if allowance.pause == "offered" and not asked.goes_on:
            raise PauseOffered(f"{PAUSE_AFTER} pictures were seen: a pause of {minutes} min is offered.")
        return None

    def _allowance(self, used: Used, now: int) -> Allowance:
        a_day, until = self.settings.reveals_a_day, used.last_at + PAUSE_MS
        pause = "none"
        if used.number and until > now:
            if used.number >= a_day:
                pause = "needed"
            elif used.number % PAUSE_AFTER == 0:
                pause = "offered"
        return Allowance(
            max(0, a_day - used.number),
            a_day,
            pause,
            until if pause != "none" else 0,
            self.settings.child_safety,
        )

    async def _draw(self, sought: Sought, drawing: Drawing) -> Drawn:
        try:
            async with self._sources.content(sought) as content:
                return await self._hasher.with_picture(content, drawing.cost, drawing.of)
        except Unhashable as error:
            raise NotShownHere(f"It cannot be drawn: {error.message}.") from None
        except NotChecked as error:
            if error.reason == Reason.BUSY:
                raise
            raise NotShownHere(error.message) from None

    def _begin(
        self, connection: Connection, sought: Sought, asked: Asked, extent: Extent, actor: str
    ) -> tuple[Reveal, list[Event]]:
        """Asks for the turn once more: two consoles of one person share it."""
        reveal = self._check_turn(connection, sought, asked, actor)
        if reveal is None:
            now = self._clock()
            reveal = Reveal(
                new_id(), sought.case_id, sought.upload_id, actor, now, now + LONGEST_MS, extent, None
            )
            stored.insert_reveal(connection, reveal)
        else:
            stored.widen(connection, reveal.id, extent)
        return reveal, [_event(EventType.REVEAL_SHOWN, reveal, extent, actor)]

    def _end(
        self, connection: Connection, reveal_id: str, shown_ms: int, actor: str
    ) -> tuple[Reveal, list[Event]]:
        reveal, now = stored.find_reveal(connection, reveal_id), self._clock()
        by_limit = actor == "bridge"
        if actor not in (reveal.actor, "bridge"):
            raise NotFound("There is no such reveal of yours.")
        if reveal.shown_ms is not None:
            return reveal, []
        passed = max(0, min(now - reveal.began_at, LONGEST_MS))
        shown = LONGEST_MS if by_limit else max(0, min(shown_ms, passed))
        stored.end_reveal(connection, reveal_id, now, shown)
        ended = stored.find_reveal(connection, reveal_id)
        facts = {"shown_ms": shown, "by": "limit" if by_limit else "person"}
        return ended, [_event(EventType.REVEAL_ENDED, ended, ended.extent, actor, **facts)]


def _event(type_: EventType, reveal: Reveal, extent: Extent, actor: str, **more: str | int) -> Event:
    facts: dict[str, str | int] = {
        "reveal": reveal.id,
        "upload": reveal.upload_id,
        "step": int(extent.step),
        "colour": "colour" if extent.colour else "grey",
        "size": "whole" if extent.whole else "part",
    }
    return Event(type_, reveal.case_id, actor, {**facts, **more}, case_id=reveal.case_id)
