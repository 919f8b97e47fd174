"""What an HMA has, as it said when it was asked last: which of its answers can be believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_sample import finds_itself, may_lose
from bridge.matching.hma_values import HMA_NAMES, BuiltIndex, HmaBank, LoadedIndex
from bridge.signals import SignalType
from bridge.spoken import duration
from bridge.uploads import now_ms

BEHIND_SECONDS = 300.0
"""For which its index may lack what was added: by its own rhythm it is built once a minute, and loaded."""
PROBE = bytes(range(32))
"""A hash of nothing, looked up so that it is known that lookups are answered."""
NEVER = -1
PDQ, MD5 = (HMA_NAMES[kind] for kind in (SignalType.PDQ, SignalType.MD5))


@dataclass(frozen=True, slots=True)
class Known:
    """`types` are its signal types that are on. `troubles` say of a type why no "nothing near" counts.

    `is_guarded`: it refuses whoever has no token. `at` is when it said so, in milliseconds.
    """

    banks: tuple[HmaBank, ...]
    types: frozenset[str]
    loaded: Mapping[str, LoadedIndex]
    built: Mapping[str, BuiltIndex]
    troubles: Mapping[str, str]
    has_token: bool
    is_guarded: bool
    at: int = field(default_factory=now_ms)

    @property
    def on(self) -> tuple[str, ...]:
        """The names of the banks that take part in lookups."""
        return tuple(bank.name for bank in self.banks if bank.is_on)

    def has(self, bank: str) -> bool:
        """Whether there is a bank of that name, in whatever case, on or off."""
        return bank.casefold() in {one.name.casefold() for one in self.banks}

    def has_off(self, bank: str) -> bool:
        """Whether there is one that takes part in no lookup."""
        return any(one.name.casefold() == bank.casefold() and not one.is_on for one in self.banks)

    @property
    def hashes(self) -> int:
        """How many its index has."""
        return sum(index.size for index in self.loaded.values())

    @property
    def trouble(self) -> str:
        """The first of the troubles; empty where there is none."""
        return next((words for words in self.troubles.values() if words), "")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it, and nothing waits to be: it would call itself ready all the same."""
        return not self.hashes and not any(index.stored for index in self.built.values())


class Inquiry:
    """Asks an HMA what it has, and remembers since when its index has been behind.

    `every_type` where types that only HMA knows are looked up, too: their index counts then.
    """

    def __init__(
        self, client: HmaClient, clock: Callable[[], float] = time.monotonic, *, every_type: bool = False
    ) -> None:
        self._every_type = every_type
        self._client = client
        self._clock = clock
        self._behind: dict[str, tuple[int, float]] = {}
        """By signal type: the index that is behind, and since when."""
        self._sampled: tuple[LoadedIndex, bool | None] | None = None
        """The PDQ index that was tried last, and whether it finds what it has."""

    async def ask(self) -> Known:
        """Raises HmaError, also where it answers all of this but no lookup."""
        client = self._client
        client.forget_token()
        await client.require_ready()
        banks, types = await client.banks(), await client.signal_types()
        loaded, built = await client.loaded_indices(), await client.built_indices()
        if PDQ in types:
            await client.raw_lookup(PDQ, PROBE)
        names = (PDQ, MD5, *(types - {PDQ, MD5} if self._every_type else ()))
        troubles = {name: self._trouble(name, types, loaded, built) for name in names}
        if PDQ in types and not troubles[PDQ] and PDQ in loaded and PDQ in built and banks:
            troubles[PDQ] = await self._loss(banks[0].name, loaded[PDQ], built[PDQ])
        return Known(
            banks, types, loaded, built, troubles, await client.has_token(), await client.is_guarded()
        )

    def _trouble(
        self,
        name: str,
        types: frozenset[str],
        loaded: Mapping[str, LoadedIndex],
        built: Mapping[str, BuiltIndex],
    ) -> str:
        """Empty where its "nothing near" counts."""
        index, stored = loaded.get(name, LoadedIndex(0, NEVER)), built.get(name)
        if name not in types:
            return f"HMA has {name} switched off." if name == PDQ else ""
        if index.built_to == NEVER and stored is not None and stored.stored:
            return "HMA has not built its index yet."
        behind = self._behind_for(name, stored)
        if behind > BEHIND_SECONDS:
            return f"HMA's index has been behind its banks for {duration(int(behind * 1000))}."
        return ""

    async def _loss(self, bank: str, index: LoadedIndex, stored: BuiltIndex) -> str:
        """Empty unless it is of those that HMA loses, as far as can be known. Of a single hash that has to be
        known; of more, it is asked only while what is stored is what the index has.
        """
        if not may_lose(index.size) or (index.size > 1 and stored.is_behind):
            return ""
        if self._sampled is None or self._sampled[0] != index or not self._sampled[1]:
            self._sampled = index, await finds_itself(self._client, bank)
        finds = self._sampled[1]
        if index.size == 1:
            return "" if finds else "HMA's index has exactly one PDQ hash, and does not find it."
        return f"HMA's index does not find what it has: {index.size} equal hashes." if finds is False else ""

    def _behind_for(self, name: str, stored: BuiltIndex | None) -> float:
        """Seconds."""
        if stored is None or not stored.is_behind:
            self._behind.pop(name, None)
            return 0.0
        version, since = self._behind.get(name, (stored.built_to, self._clock()))
        if version != stored.built_to:  # it was built meanwhile, and more was added
            since = self._clock()
        self._behind[name] = stored.built_to, since
        return self._clock() - since
