"""Keeps lists of others up to date: each at its interval, on demand, and again after a while when it failed.

One task owns all syncs. A sync reads page after page; each is one transaction with its checkpoint, so
whatever ends it, the next one goes on where it stood.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from bridge import policy
from bridge.banks.banks import added_to, removed_from
from bridge.banks.exchanges.exchange import Exchange, Kind, Page, Put
from bridge.banks.exchanges.kinds import KINDS
from bridge.bell import Bell
from bridge.catalogue import Bank, ListKind, ListState
from bridge.errors import BadSignal, BridgeError, ExchangeError, NotFound, StoreError
from bridge.events import Event, EventType
from bridge.keys.secrets import SecretName
from bridge.store import exchanges as stored
from bridge.store.backoff import spread
from bridge.store.banks import all_banks
from bridge.store.exchange_entries import (
    Changed,
    Listed,
    PageOfList,
    has_removed,
    purge_removed,
    take_page,
    withdraw_unnamed,
)
from bridge.store.exchanges import StoredExchange
from bridge.store.store import Store
from bridge.uploads import DAY_MS, now_ms

if TYPE_CHECKING:  # a quarter of a second to import: only where there is a list to read
    import httpx

AT_ONCE = 3
"""Syncs that run at the same time: a list that takes hours holds up no other."""
LOOK_SECONDS = 30.0
PAGE_SECONDS = 600.0
FIRST_RETRY_MS = 60_000
FARTHEST_MS = 2 * DAY_MS
"""What is due later than anything is ever put off was put off by a clock that was ahead."""
LATE_AFTER = 3
"""Intervals without a success after which a list is late."""

log = logging.getLogger(__name__)

Secrets = Callable[[SecretName], Awaitable[str]]


class Syncs:
    """`run` is the owner task. `running` has the ids of the lists that are being read."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        new_client: Callable[[], httpx.AsyncClient],
        kinds: Mapping[ListKind, Kind] = KINDS,
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._new_client = new_client
        self._client: httpx.AsyncClient | None = None
        self._bell = Bell()
        self._asked: set[int] = set()
        self._is_run = False
        self.kinds = kinds
        self.running: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        self._is_run = True
        try:
            while True:
                try:
                    await self.purge()
                    await self._begin_due()
                except StoreError as error:
                    log.warning("Lists are not looked after for now: %s", error.message)
                await self._bell.wait(LOOK_SECONDS)
        finally:
            for task in self.running.values():
                task.cancel()
            await asyncio.gather(*self.running.values(), return_exceptions=True)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def ask(self, name: str) -> None:
        """Begins a sync now, whenever it is due; where nothing runs by itself it is done on return.

        Raises NotFound, StoreError.
        """
        found = await self._store.read(lambda connection: stored.find_exchange(connection, name))
        if not self._is_run:
            await self.sync(found)
            return
        self._asked.add(found.id)
        self._bell.ring()

    async def ask_with(self, secret: SecretName) -> None:
        """This secret was set: the lists that waited for it are read now."""
        if self._is_run:
            for one in await self._store.read(stored.all_exchanges):
                if self.kinds[ListKind(one.kind)].secret is secret:
                    self._asked.add(one.id)
            self._bell.ring()

    def look(self) -> None:
        """A list was connected: its first sync is due."""
        self._bell.ring()

    def forget(self, id_: int) -> None:
        """A list was removed: what is read of it now is of no use."""
        self._asked.discard(id_)
        if id_ in self.running:
            self.running[id_].cancel()
        self._bell.ring()

    def state_of(self, exchange: StoredExchange, now: int) -> ListState:
        if exchange.id in self.running or exchange.id in self._asked:
            return ListState.SYNCING
        if exchange.fault:
            return ListState.FAILING
        if exchange.succeeded_at is None:
            return ListState.NEVER
        patience = LATE_AFTER * 1000 * self._interval(exchange)
        return ListState.LATE if now - exchange.succeeded_at > patience else ListState.CURRENT

    def _interval(self, exchange: StoredExchange) -> int:
        return self.kinds[ListKind(exchange.kind)].interval

    async def _begin_due(self) -> None:
        now = now_ms()
        for exchange in await self._store.read(stored.all_exchanges):
            waits = now < exchange.due_at <= now + FARTHEST_MS
            if (
                (not waits or exchange.id in self._asked)
                and exchange.id not in self.running
                and len(self.running) < AT_ONCE
            ):
                self._asked.discard(exchange.id)
                task = asyncio.create_task(self.sync(exchange), name=f"list {exchange.name}")
                self.running[exchange.id] = task
                task.add_done_callback(partial(self._ended, exchange.id))

    def _ended(self, id_: int, _: asyncio.Task[None]) -> None:
        del self.running[id_]
        self._bell.ring()

    async def sync(self, exchange: StoredExchange) -> None:
        """Reads all that is new, and keeps how it went. Nothing a list holds can end the bridge."""
        try:
            await self._store.write(lambda connection: stored.begin_sync(connection, exchange.id), ())
            await self._read(exchange)
            due = now_ms() + spread(1000 * self._interval(exchange))
            await self._store.write(lambda connection: stored.end_sync(connection, exchange.id, due), ())
        except NotFound:
            log.info("The list %s was removed while it was read.", exchange.name)
        except StoreError as error:
            log.warning("The list %s waits for the store: %s", exchange.name, error.message)
            if self._is_run:  # nothing says when it is due again: it would be at once
                await asyncio.sleep(LOOK_SECONDS)
        except BridgeError as error:
            await self._failed(exchange, error)
        except Exception as error:  # what a stranger sent; its text may hold values of the list
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "The list %s: %s at %s:%s", exchange.name, type(error).__name__, place.name, place.lineno
            )
            await self._failed(
                exchange,
                ExchangeError(f"The list cannot be read: {type(error).__name__}.", "Please report this."),
            )

    async def _failed(self, exchange: StoredExchange, error: BridgeError) -> None:
        log.warning("The list %s is not read: %s", exchange.name, error.message)
        wait = min(1000 * self._interval(exchange), FIRST_RETRY_MS << min(exchange.failures, 10))
        if isinstance(error, ExchangeError) and error.retry_after is not None:
            wait = max(wait, 1000 * error.retry_after)
        due = now_ms() + spread(wait)
        try:
            await self._store.write(
                lambda connection: stored.fail_sync(connection, exchange.id, error.message, error.hint, due),
                (),
            )
        except BridgeError as fault:
            log.warning("How the list %s failed is not kept: %s", exchange.name, fault.message)

    async def _read(self, exchange: StoredExchange) -> None:
        banks = await self._store.read(all_banks)
        bank = next((bank for bank in banks if bank.id == exchange.bank_id), None)
        if bank is None:
            raise NotFound("The bank of this list is gone.")
        source = await self._source(exchange)
        if exchange.withdrawing:
            await self._withdraw(exchange, bank)
        checkpoint, begun_again, refused = exchange.checkpoint, False, False
        while True:
            try:
                page = await _page(source, checkpoint)
            except ExchangeError as error:
                if not error.expired or begun_again:
                    raise
                log.info("The list %s is read from its beginning: %s", exchange.name, error.message)
                await self._store.write(lambda connection: stored.begin_listing(connection, exchange.id), ())
                checkpoint, begun_again = "", True
                continue
            if page.checkpoint == checkpoint and not page.last:
                raise ExchangeError("The owner of the list gives the same page over and over.")
            if page.begun_again and refused:
                raise ExchangeError("The owner of the list refuses the pages that it names itself.")
            refused = refused or page.begun_again
            await self._take(exchange, bank, page)
            if page.complete:
                await self._withdraw(exchange, bank)
            if page.last:
                return
            checkpoint = page.checkpoint

    async def _source(self, exchange: StoredExchange) -> Exchange:
        """Raises ExchangeError where the secret is missing or locked."""
        kind = self.kinds[ListKind(exchange.kind)]
        secret = ""
        if kind.secret is not None:
            try:
                secret = await self._secrets(kind.secret)
            except NotFound as missing:
                raise ExchangeError(missing.message, missing.hint) from None
        if self._client is None:
            self._client = self._new_client()
        return kind.make(exchange.settings, self._client, secret)

    async def _take(self, exchange: StoredExchange, bank: Bank, page: Page) -> None:
        read = await asyncio.to_thread(_read_of, bank, page)
        await self._store.write(
            lambda connection: take_page(connection, exchange.id, read),
            lambda changed: _changes(bank, changed),
        )

    async def _withdraw(self, exchange: StoredExchange, bank: Bank) -> None:
        """After a full listing: takes out what was not named in it, a slice in a transaction."""
        after: str | None = ""
        while after is not None:
            _, after = await self._store.write(
                partial(withdraw_unnamed, exchange_id=exchange.id, after=after),
                lambda done: _changes(bank, done[0]),
            )
        await self._store.write(lambda connection: stored.end_withdrawal(connection, exchange.id), ())

    async def purge(self) -> None:
        """Takes out, in slices, what only lists had that were removed."""
        while await self._store.read(has_removed):
            await self._store.write(purge_removed, _purged)


async def _page(source: Exchange, checkpoint: str) -> Page:
    try:
        async with asyncio.timeout(PAGE_SECONDS):
            return await source.page(checkpoint)
    except TimeoutError:
        raise ExchangeError(f"A page of the list took longer than {PAGE_SECONDS / 60:.0f} minutes.") from None


def _read_of(bank: Bank, page: Page) -> PageOfList:
    """A page as the store takes it: of each key what is said last, without what may not enter the bank."""
    latest = {change.key: change for change in page.changes}
    listed, unread = [], page.unread
    for change in latest.values():
        if isinstance(change, Put):
            for signal in change.signals:
                try:
                    policy.admit(bank, signal)
                    listed.append(Listed(change.key, signal, change.label))
                except BadSignal:
                    unread += 1
    return PageOfList(tuple(latest), listed, page.checkpoint, unread, page.complete)


def _changes(bank: Bank, changed: Changed) -> list[Event]:
    return [*added_to(bank, changed.added, "bridge"), *removed_from(bank, changed.removed, "bridge")]


def _purged(removed: int) -> list[Event]:
    return [Event(EventType.ENTRIES_REMOVED, "removed lists", facts={"entries": removed})] if removed else []
