"""The matcher that asks an HMA: hashed here, looked up there. Only hashes leave, never a picture.

A lookup without chance: `raw_lookup` says what is near in the index, whatever is on by how much; only
where something is near HMA is asked what of it is on, and in banks that are on by a part, content by
content. So a bank that HMA leaves to chance is compared with every upload here.

Policy is ours: a bank of HMA's is a bank here by its name, whose threshold narrows HMA's 31. Its entries
stay there; a match names the content by HMA's id, and as entry by that id below zero, so that no entry of
ours is taken for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from bridge.bell import Bell
from bridge.catalogue import Bank, Role
from bridge.errors import BridgeError, HmaError, NotChecked, StoreError
from bridge.matching.breaker import Breaker
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaBusy, HmaRefused, HmaSlow
from bridge.matching.hma_known import MD5, PDQ, Inquiry, Known
from bridge.matching.hma_values import Hit
from bridge.matching.matcher import Query
from bridge.matching.nearness import match_of, plainest
from bridge.policy import MOST_A_BANK
from bridge.signals import MINIMUM_QUALITY, Signal, SignalType, View
from bridge.store.entries import Entry
from bridge.uploads import now_ms
from bridge.verdicts import Comparison, Match, Reason

ASK_SECONDS = 15.0
"""How often it is asked what it has, while all is well."""
SHORTEST_RETRY = 5

log = logging.getLogger(__name__)

T = TypeVar("T")
Asked = tuple[str, bytes]
"""A signal by HMA's name for its type, and its value."""
Near = Mapping[Asked, Mapping[str, Sequence[Hit]]]
"""By what was asked: what is near it and on, by HMA's name of the bank."""


class Rows(Protocol):
    """The rows here of an HMA's banks, by HMA's names for them; those that are missing are made."""

    async def __call__(self, names: Collection[str]) -> Mapping[str, Bank]: ...


class HmaMatcher:
    """`run` is its owner task: it asks what HMA has, and after failures whether it is back.

    Until HMA answered once, and while the breaker is not closed, nothing is asked for an upload.
    """

    def __init__(
        self,
        client: HmaClient,
        rows: Rows,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self.breaker = breaker or Breaker()
        self.known: Known | None = None
        self._rows = rows
        self._inquiry = Inquiry(client, clock)
        self._bell = Bell()

    @property
    def is_whole(self) -> bool:
        """Whether all that it answers counts."""
        known = self.known
        return self.breaker.is_closed and known is not None and not known.trouble

    def has(self, bank: str) -> bool:
        """Whether HMA has a bank of that name, on or off."""
        return self.known is not None and self.known.has(bank)

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            await self.inquire()
            await self._bell.wait(ASK_SECONDS if self.breaker.is_closed else 0)
            await asyncio.sleep(self.breaker.seconds_left)

    async def inquire(self) -> None:
        """Asks once what HMA has; the probe, where the breaker is open."""
        self.breaker.probe()
        try:
            known = await self._inquiry.ask()
            await self._rows(known.on)
        except (HmaError, StoreError) as error:
            if self.breaker.is_closed:
                log.warning("HMA is left alone for a while: %s", error.message)
            self.breaker.trip(error, _asked_for(error))
        else:
            self.known = known
            self.breaker.close()

    async def match(self, query: Query) -> Comparison:
        """Unchecked: matcher_down, index_not_ready where HMA's index cannot say "nothing near", no_list."""
        known = self.known
        if not self.breaker.is_closed:
            return _unchecked(Reason.MATCHER_DOWN, self.breaker.fault, self.breaker.seconds_left)
        if known is None:
            return _unchecked(Reason.INDEX_NOT_READY, "HMA is being asked what it has.")
        try:
            async with asyncio.timeout(self.client.seconds):
                compared = await self._compare(query, known)
        except TimeoutError:
            return self._failed(HmaSlow(f"HMA did not answer within {self.client.seconds:g} s."))
        except HmaError as error:
            return self._failed(error)
        self.breaker.answered()
        return compared

    async def close(self) -> None:
        await self.client.close()

    def _failed(self, error: HmaError) -> Comparison:
        was_closed = self.breaker.is_closed
        self.breaker.failed(error, _asked_for(error))
        if was_closed and not self.breaker.is_closed:
            log.warning("HMA is left alone for a while: %s", error.message)
            self._bell.ring()
        return _unchecked(Reason.MATCHER_DOWN, error.message, self.breaker.seconds_left)

    async def _compare(self, query: Query, known: Known) -> Comparison:
        """Raises HmaError."""
        rows = await self._rows(known.on)
        blocks = tuple(dict.fromkeys(bank.name for bank in rows.values() if _is_asked(bank, query)))
        if known.is_empty or not (blocks or query.self_test):  # whose bank is here: it tries the way
            return _unchecked(Reason.NO_LIST, "HMA has no list: nothing can match there.", 300)
        questions = _questions(query, known)
        near = await self._near(list(questions))
        if names := {name for by_bank in near.values() for name in by_bank}:
            rows = await self._rows(names)
        matches = plainest(_matches(query, questions, near, rows))
        trouble = next((known.troubles[kind] for kind, _ in questions if known.troubles.get(kind)), "")
        if trouble:
            return Comparison(matches, (), NotChecked(Reason.INDEX_NOT_READY, trouble))
        return Comparison(matches, blocks if questions else ())

    async def _near(self, asked: Sequence[Asked]) -> Near:
        """Where the index has nothing near, that is all there is to ask."""
        found = await _together([self.client.raw_lookup(kind, value) for kind, value in asked])
        hit = [one for one, hits in zip(asked, found, strict=True) if hits]
        if not hit:
            return {}
        sampled = [bank.name for bank in await self.client.banks() if bank.is_sampled]
        named = await _together([self._on(one, sampled) for one in hit])
        return dict(zip(hit, named, strict=True))

    async def _on(self, asked: Asked, sampled: Sequence[str]) -> Mapping[str, Sequence[Hit]]:
        """What is near and on, by bank; those left to chance are asked one by one."""
        by_bank: dict[str, Sequence[Hit]] = dict(await self.client.lookup(*asked))
        for name in sampled:
            hits = await self.client.raw_lookup(*asked, [name])
            by_bank[name] = await self._those_on(name, hits)
        return by_bank

    async def _those_on(self, bank: str, hits: Sequence[Hit]) -> list[Hit]:
        """The nearest of them that were neither deleted nor disabled, as many as are kept of a bank."""
        on: list[Hit] = []
        for hit in sorted(hits, key=lambda one: one.distance):
            if len(on) < MOST_A_BANK and await self._is_on(bank, hit.content_id):
                on.append(hit)
        return on

    async def _is_on(self, bank: str, content_id: int) -> bool:
        try:
            return (await self.client.content(bank, content_id)).is_on(now_ms() // 1000)
        except HmaRefused as error:
            if error.status == 404:
                return False
            raise


def _is_asked(bank: Bank, query: Query) -> bool:
    return bank.role is Role.BLOCK and query.asks(bank)


def _questions(query: Query, known: Known) -> dict[Asked, list[View]]:
    """What HMA is asked, each once, with the views whose hash it is. Below the quality nothing is."""
    asked: dict[Asked, list[View]] = {}
    for view in query.views:
        if view.quality >= MINIMUM_QUALITY:
            asked.setdefault((PDQ, view.pdq), []).append(view)
    for signal in query.exact:
        if signal.type is SignalType.MD5 and signal.value and MD5 in known.types:
            asked[MD5, signal.value] = []
    return asked


def _matches(
    query: Query, questions: Mapping[Asked, Sequence[View]], near: Near, rows: Mapping[str, Bank]
) -> list[Match]:
    """Each content once a signal type, by the plainest of the views that it is near to."""
    by_content: dict[tuple[str, str, int], list[tuple[View, int]]] = {}
    for (kind, value), by_bank in near.items():
        for name, hits in by_bank.items():
            for hit in hits:
                views = by_content.setdefault((kind, name, hit.content_id), [])
                views += [(view, hit.distance) for view in questions[kind, value]]
    found = []
    for (kind, name, content_id), views in by_content.items():
        bank = rows[name]
        if query.asks(bank):
            signal = Signal(SignalType.PDQ if kind == PDQ else SignalType.MD5, b"")
            found.append(match_of(Entry(-content_id, bank, content_id, signal, None), views, query.wanted))
    return [match for match in found if match is not None]


async def _together(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All their answers; the first error ends the others, and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _asked_for(error: BridgeError) -> int:
    """The seconds for which it wants to be left alone."""
    return error.retry_after if isinstance(error, HmaBusy) else 0


def _unchecked(reason: Reason, message: str, seconds: float = 0) -> Comparison:
    return Comparison((), (), NotChecked(reason, message, max(SHORTEST_RETRY, round(seconds))))
