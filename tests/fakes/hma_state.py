"""What a fake HMA keeps: banks, contents, and an index that knows only what was there when it was built."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

NEVER_BUILT = -1
TYPES = ("pdq", "video_md5")
THRESHOLD = 31
_CHUNKS, _CHUNK_BITS = 16, 16


@dataclass(slots=True)
class Bank:
    """`ratio` is the share of lookups it takes part in."""

    name: str
    ratio: float = 1.0

    @property
    def json(self) -> dict[str, object]:
        return {"matching_enabled_ratio": self.ratio, "name": self.name}


@dataclass(slots=True)
class Content:
    """`disable_until` is 0 for off, 1 for on, else a time in seconds."""

    id: int
    bank: Bank
    signals: Mapping[str, str]
    added_at: int
    note: str | None = None
    metadata: Mapping[str, object] | None = None
    disable_until: int = 1


@dataclass(frozen=True, slots=True)
class Indexed:
    """An entry of an index: it stays there until the next build, whatever becomes of its content."""

    id: int
    bank: Bank
    value: str


@dataclass(frozen=True, slots=True)
class Near:
    id: int
    bank: Bank
    distance: str

    @property
    def json(self) -> dict[str, object]:
        return {"bank_content_id": self.id, "distance": self.distance}


@dataclass(slots=True)
class State:
    """`coin` gives a number from 0 to 1 for each bank of a lookup without seed. `is_flat` is the index that
    assets/deploy/hma sets up, which loses nothing.
    """

    types: list[str] = field(default_factory=lambda: list(TYPES))
    banks: list[Bank] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)
    index: dict[str, list[Indexed]] = field(default_factory=lambda: {name: [] for name in TYPES})
    built_to: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TYPES, NEVER_BUILT))
    now: Callable[[], int] = lambda: int(time.time())
    coin: Callable[[], float] = Random(7).random
    is_flat: bool = False
    _last_id: int = 0

    def know(self, name: str) -> None:
        """A signal type of an extension: it matches where it is equal, and tells distances of its own."""
        self.types.append(name)
        self.index[name], self.built_to[name] = [], NEVER_BUILT

    def bank(self, name: str) -> Bank | None:
        return next((bank for bank in self.banks if bank.name == name), None)

    def add_bank(self, name: str, ratio: float = 1.0) -> Bank:
        self.banks.append(Bank(name, ratio))
        return self.banks[-1]

    def delete_bank(self, name: str) -> None:
        self.banks = [bank for bank in self.banks if bank.name != name]
        self.contents = {each.id: each for each in self.contents.values() if each.bank.name != name}

    def add(
        self,
        bank: Bank,
        signals: Mapping[str, str],
        note: str | None = None,
        metadata: Mapping[str, object] | None = None,
    ) -> Content:
        """Nothing is compared with what is there: the same picture again is another content."""
        self._last_id += 1
        content = Content(self._last_id, bank, dict(signals), self.now(), note, metadata)
        self.contents[content.id] = content
        return content

    def stored(self, name: str) -> list[Content]:
        return [each for each in self.contents.values() if name in each.signals]

    def newest(self, name: str) -> int:
        return max((each.added_at for each in self.stored(name)), default=NEVER_BUILT)

    def build_index(self) -> None:
        """What the indexer does once a minute, and the matcher's reload after it."""
        for name in self.types:
            self.index[name] = [Indexed(each.id, each.bank, each.signals[name]) for each in self.stored(name)]
            self.built_to[name] = self.newest(name)

    def is_out_of_date(self, name: str) -> bool:
        known = {each.id for each in self.index[name]}
        return known != {each.id for each in self.stored(name)}

    def search(self, name: str, value: str) -> list[Near]:
        """Whatever the index has near it, newest first: content deleted or disabled since stays in it."""
        found = reversed(self.index[name])
        if name != "pdq":
            said = "-" if name in TYPES else "0.0312"
            return [Near(each.id, each.bank, said) for each in found if each.value == value]
        kept, asked = _kept_chunks([] if self.is_flat else self.index[name]), int(value, 16)
        near = []
        for each in found:
            differing = asked ^ int(each.value, 16)
            if differing.bit_count() <= THRESHOLD and any(_is_near(differing, chunk) for chunk in kept):
                near.append(Near(each.id, each.bank, str(differing.bit_count())))
        return near

    def lookup(self, name: str, value: str, seed: str | None = None, bypass: bool = False) -> list[Near]:
        """What is on of it. A bank's coin is thrown once a request, the same way with the same seed."""
        flips: dict[str, bool] = {}
        found = []
        for near in self.search(name, value):
            content = self.contents.get(near.id)
            if content is None or not self._is_on(content):
                continue
            if near.bank.name not in flips:
                coin = self.coin() if seed is None else Random(seed).random()
                flips[near.bank.name] = bypass or coin < near.bank.ratio
            if flips[near.bank.name]:
                found.append(near)
        return found

    def _is_on(self, content: Content) -> bool:
        return content.disable_until != 0 and content.disable_until <= self.now()


def _kept_chunks(index: Sequence[Indexed]) -> list[int]:
    """The 16 tables of 16 bits that an index has after it was stored.

    FAISS loses a bucket that holds all N hashes where N is 1, 2, 4, 8 …: so an index of exactly one hash
    matches nothing, nor one of two that are equal.
    """
    count = len(index)
    if count == 0 or count & (count - 1):
        return list(range(_CHUNKS))
    hashes = [int(each.value, 16) for each in index]
    return [chunk for chunk in range(_CHUNKS) if len({_chunk(one, chunk) for one in hashes}) > 1]


def _chunk(value: int, number: int) -> int:
    return value >> (number * _CHUNK_BITS) & (1 << _CHUNK_BITS) - 1


def _is_near(differing: int, chunk: int) -> bool:
    """Whether that table finds it: at most one bit flipped of these 16."""
    return _chunk(differing, chunk).bit_count() <= 1
