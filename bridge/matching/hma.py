"""The matcher that asks an HMA: hashed here, looked up there. Only hashes leave, never a picture, unless it
is set so that HMA hashes each picture as well (`hma_pictures.py`): what that finds joins what ours found.

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
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from bridge.bell import Bell
from bridge.catalogue import Bank, Role
from bridge.errors import BridgeError, HmaError, NotChecked, StoreError
from bridge.matching.breaker import Breaker
from bridge.matching.hma_client import HmaClient
from bridge.matching.hma_errors import HmaBusy, HmaRefused, HmaSlow
from bridge.matching.hma_found import Asked, Near, is_asked, joined, matches_of, questions_of
from bridge.matching.hma_known import Inquiry, Known
from bridge.matching.hma_pictures import HmaPictures, is_about_the_picture
from bridge.matching.hma_values import Hit
from bridge.matching.matcher import Query
from bridge.matching.nearness import plainest
from bridge.policy import MOST_A_BANK
from bridge.signals import UPRIGHT, View
from bridge.uploads import now_ms
from bridge.verdicts import Comparison, Reason

ASK_SECONDS = 15.0
"""How often it is asked what it has, while all is well."""
SHORTEST_RETRY = 5

_NOTHING = Comparison((), ())

log = logging.getLogger(__name__)

T = TypeVar("T")


class Rows(Protocol):
    """The rows here of an HMA's banks, by HMA's names for them; those that are missing are made."""

    async def __call__(self, names: Collection[str]) -> Mapping[str, Bank]: ...


class HmaMatcher:
    """`run` is its owner task: it asks what HMA has, and after failures whether it is back.

    Until HMA answered once, and while the breaker is not closed, nothing is asked for an upload. With
    `pictures` HMA hashes each picture in its own way, too.
    """

    def __init__(
        self,
        client: HmaClient,
        rows: Rows,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
        pictures: HmaPictures | None = None,
    ) -> None:
        self.client = client
        self.pictures = pictures
        self.breaker = breaker or Breaker()
        self.known: Known | None = None
        self._rows = rows
        self._inquiry = Inquiry(client, clock, every_type=pictures is not None)
        self._bell = Bell()

    @property
    def is_whole(self) -> bool:
        """Whether all that it answers counts."""
        known = self.known
        return self.breaker.is_closed and known is not None and not known.trouble

    def has_off(self, bank: str) -> bool:
        """Whether HMA has a bank of that name and it is off there."""
        return self.known is not None and self.known.has_off(bank)

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
        asking = (self._compare(query, known), self._compare_its_own(query, known))
        answers = await _together([self._in_time(one) for one in asking])
        ours, its_own = (one if isinstance(one, Comparison) else _NOTHING for one in answers)
        matches = joined(ours.matches, its_own.matches)
        for fault in answers:
            if isinstance(fault, HmaError):
                return replace(self._failed(fault), matches=matches)
        self.breaker.answered()
        unchecked = ours.unchecked or its_own.unchecked
        return Comparison(matches, () if unchecked else ours.banks, unchecked)

    async def close(self) -> None:
        await self.client.close()

    def _failed(self, error: HmaError) -> Comparison:
        was_closed = self.breaker.is_closed
        self.breaker.failed(error, _asked_for(error))
        if was_closed and not self.breaker.is_closed:
            log.warning("HMA is left alone for a while: %s", error.message)
            self._bell.ring()
        return _unchecked(Reason.MATCHER_DOWN, error.message, self.breaker.seconds_left)

    async def _in_time(self, asking: Awaitable[Comparison]) -> Comparison | HmaError:
        try:
            async with asyncio.timeout(self.client.seconds):
                return await asking
        except TimeoutError:
            return HmaSlow(f"HMA did not answer within {self.client.seconds:g} s.")
        except HmaError as error:
            return error

    async def _compare(self, query: Query, known: Known) -> Comparison:
        """Raises HmaError."""
        rows = await self._rows(known.on)
        blocks = tuple(dict.fromkeys(bank.name for bank in rows.values() if is_asked(bank, query)))
        if known.is_empty or not (blocks or query.self_test):  # whose bank is here: it tries the way
            return _unchecked(Reason.NO_LIST, "HMA has no list: nothing can match there.", 300)
        questions = questions_of(query, known)
        near = await self._near(list(questions))
        found = await self._found(query, known, questions, near)
        return found if found.unchecked else replace(found, banks=blocks if questions else ())

    async def _compare_its_own(self, query: Query, known: Known) -> Comparison:
        """By what HMA itself makes of the picture, where that is not asked already. Raises HmaError.

        What HMA refuses of it is counted, and no more: our own hashes are compared whatever it does. It tells
        no quality, so that nothing is taken down by itself on what only its hash is near to.
        """
        if self.pictures is None or query.picture is None or known.is_empty:
            return _NOTHING
        if not any(is_asked(bank, query) for bank in (await self._rows(known.on)).values()):
            return _NOTHING
        hashes, ours = await self.pictures.hashes(query.picture), questions_of(query, known)
        questions = {one: [View(UPRIGHT, b"", 100)] for one in hashes.items() if one not in ours}
        answers = await _together([self._near_unless_refused(self.pictures, one) for one in questions])
        near = {one: by_bank for answer in answers for one, by_bank in answer.items()}
        found = await self._found(query, known, questions, near)
        blocks = [match for match in found.matches if match.bank.role is Role.BLOCK]  # it takes nothing back
        return replace(found, matches=tuple(replace(match, quality=None) for match in blocks))

    async def _near_unless_refused(self, pictures: HmaPictures, asked: Asked) -> Near:
        try:
            return await self._near([asked])
        except HmaError as error:
            if not is_about_the_picture(error):
                raise
            pictures.refuse(error.message)
            return {}

    async def _found(
        self, query: Query, known: Known, questions: Mapping[Asked, Sequence[View]], near: Near
    ) -> Comparison:
        """What near ones match. Unchecked: index_not_ready."""
        names = {name for by_bank in near.values() for name in by_bank}
        matches = plainest(matches_of(query, questions, near, await self._rows({*known.on, *names})))
        trouble = next((known.troubles[kind] for kind, _ in questions if known.troubles.get(kind)), "")
        return Comparison(matches, (), NotChecked(Reason.INDEX_NOT_READY, trouble) if trouble else None)

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
