"""A bank of HMA read into an own one, in slices, though HMA lists none.

Its contents have numbers over all banks: each is asked for, until as many signals were seen as HMA says it
stores. So it is slow, and what is taken out there later stays here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge import policy
from bridge.banks.banks import added_to
from bridge.catalogue import FROM_HMA, Bank
from bridge.errors import BadBank, BadSignal, NotFound
from bridge.hma.contents import AT_ONCE, Contents
from bridge.matching.hma_values import HMA_NAMES, HmaContent
from bridge.signals import Signal, SignalType
from bridge.store import banks as stored
from bridge.store.entries import add_entries, keep_by_hand
from bridge.store.store import Store
from bridge.store.wanted import position, set_position
from bridge.uploads import now_ms

PAGE = 40 * AT_ONCE
SLICE_SECONDS = 5.0
TAIL = 1_000
"""So many numbers in a row that nothing has are the end, where all that is stored was seen."""
LONGEST_GAP = 20_000
"""So many are the end in any case."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a bank was read: the last number looked at, the signals seen up to there in all banks, the
    numbers in a row that nothing had, and the last that something had.
    """

    number: int = 0
    seen: int = 0
    missing: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one slice did. `stored` is how many signals HMA says it has, in all banks; `refused` are hashes
    of flat pictures, which no bank takes. `is_whole` where nothing can have been left out.
    """

    bank: Bank
    added: int
    already: int
    refused: int
    seen: int
    stored: int
    is_done: bool
    is_whole: bool


class Pull:
    def __init__(self, store: Store, contents: Contents, slice_seconds: float = SLICE_SECONDS) -> None:
        self._store = store
        self._contents = contents
        self._slice_seconds = slice_seconds

    async def pull(self, name: str, from_bank: str, actor: str) -> Pulled:
        """One slice of HMA's bank into the own bank `name`.

        Raises NotFound where one of them is not there, BadBank, HmaError.
        """
        bank = await self._store.read(lambda connection: stored.find_bank(connection, name))
        if bank.origin:
            raise BadBank(f"{bank.name} is filled by somebody else.", "Name a bank of your own.")
        if from_bank not in {one.name for one in await self._contents.client.banks()}:
            raise NotFound(
                f"HMA has no bank named {from_bank[:64]!r}.", "`hma-console bank list` names them."
            )
        total = await self._stored()
        place = f"hma {bank.id} {from_bank}"
        at = await self._position(place)
        loop = asyncio.get_running_loop()
        ends, added, already, refused = loop.time() + self._slice_seconds, 0, 0, 0
        while not (is_done := _is_end(at, total)):
            contents = await self._page(from_bank, at)
            at = _moved(at, contents)
            signals, unfit = _entering(bank, from_bank, contents)
            new = await self._write(bank, signals, place, at, actor)
            added, already, refused = added + new, already + len(signals) - new, refused + unfit
            if loop.time() >= ends:
                break
        if is_done:
            await self._write(bank, (), place, replace(at, number=at.last, missing=0), actor)
        return Pulled(bank, added, already, refused, at.seen, total, is_done, is_done and at.seen >= total)

    async def _page(self, from_bank: str, at: Position) -> list[HmaContent | None]:
        asking = replace(Bank(from_bank), origin=FROM_HMA)
        numbers = range(at.number + 1, at.number + 1 + PAGE)
        found: list[HmaContent | None] = []
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            found += await asyncio.gather(*(self._contents.look_at(asking, number) for number in some))
        return found

    async def _write(
        self, bank: Bank, signals: Sequence[Signal], place: str, at: Position, actor: str
    ) -> int:
        """How far it is comes after the entries: cut off in between, the page is read again and adds none."""
        await self._store.write(lambda connection: keep_by_hand(connection, bank, signals), ())
        added = await self._store.write(
            lambda connection: add_entries(connection, bank, signals),
            lambda added: added_to(bank, added, actor),
        )
        text = json.dumps([at.number, at.seen, at.missing, at.last])
        await self._store.write(lambda connection: set_position(connection, place, text), ())
        return added

    async def _position(self, place: str) -> Position:
        text = await self._store.read(lambda connection: position(connection, place))
        return Position(*json.loads(text)) if text else Position()

    async def _stored(self) -> int:
        return sum(index.stored for index in (await self._contents.client.built_indices()).values())


def _moved(at: Position, contents: Sequence[HmaContent | None]) -> Position:
    """The position behind these numbers."""
    number, seen, missing, last = at.number, at.seen, at.missing, at.last
    for content in contents:
        number += 1
        if content is None:
            missing += 1
        else:
            seen, missing, last = seen + len(content.signals), 0, number
    return Position(number, seen, missing, last)


def _is_end(at: Position, stored_there: int) -> bool:
    return at.missing >= LONGEST_GAP or (at.missing >= TAIL and at.seen >= stored_there)


def _entering(bank: Bank, from_bank: str, contents: Sequence[HmaContent | None]) -> tuple[list[Signal], int]:
    """Signals of that bank that are on there, each once, and how many no bank takes."""
    names = {there: kind for kind, there in HMA_NAMES.items()}
    entering: dict[tuple[SignalType, bytes], Signal] = {}
    refused, now = 0, now_ms() // 1000
    for content in contents:
        if content is None or content.bank.name != from_bank or not content.is_on(now):
            continue
        for there, text in content.signals.items():
            try:
                signal = Signal(names[there], names[there].parse(text))
                policy.admit(bank, signal)
            except (KeyError, BadSignal):
                refused += 1
            else:
                entering[signal.type, signal.value] = signal
    return list(entering.values()), refused
