"""Telling the owner of a list that an entry of it matched rightly, or matched another picture.

Of the upload nothing is told. What the owner is asked with is read when it is told: a list that was removed,
or an entry that its owner withdrew, is told nothing any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bridge.actions.effect import Blocked, Impossible, NotYet
from bridge.banks.exchanges.exchange import Kind
from bridge.banks.exchanges.feedback import NotTaken, TakesFeedback
from bridge.banks.exchanges.kinds import KINDS
from bridge.catalogue import ListKind
from bridge.errors import BridgeError, ExchangeError, KeysError, NotFound
from bridge.events import Event
from bridge.keys.secrets import SecretName
from bridge.signals import Signal
from bridge.store.feedbacks import Feedback, read_feedback
from bridge.store.outbox import Action
from bridge.store.store import Store

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no list of a programme
    import httpx

TRIES = 10
"""After so many, more than a day, it is given up and stands among the actions that failed."""
FIRST_RETRY_MS = 5 * 60_000

Secrets = Callable[[SecretName], Awaitable[str]]
"""A secret's value. Raises KeysLocked, KeysError, NotFound."""


class Unheard(NotYet):
    """The owner did not take it now."""

    first_retry_ms = FIRST_RETRY_MS


class FeedbackToOwner:
    """A client is made for each telling: they are rare."""

    seconds = 180.0

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
        self._kinds = kinds

    async def carry_out(self, action: Action) -> None:
        """Raises NotYet, Blocked while there is no secret, Impossible."""
        told = await self._store.read(lambda connection: read_feedback(connection, action.id))
        if told is None or not told.kind:
            raise Impossible("The list is connected no more, so its owner is told nothing.")
        if told.signal is None:
            raise Impossible("The list's owner withdrew this entry, so there is nothing to tell.")
        try:
            await self._tell(told, told.signal)
        except NotTaken as error:
            raise Impossible(error.message, error.hint) from None
        except (Blocked, Impossible):
            raise
        except BridgeError as error:
            raise _unheard(error, action) from None

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        return ()

    async def _tell(self, told: Feedback, signal: Signal) -> None:
        """Raises Blocked, Impossible, ExchangeError."""
        kind = self._kinds[ListKind(told.kind)]
        secret = ""
        if kind.secret is not None:
            try:
                secret = await self._secrets(kind.secret)
            except (KeysError, NotFound) as error:
                raise Blocked(error.message, error.hint) from None
        async with await asyncio.to_thread(self._new_client) as client:
            exchange = kind.make(told.settings, client, secret)
            if not isinstance(exchange, TakesFeedback):
                raise Impossible(f"The owner of {told.list} takes no feedback.")
            await exchange.tell(told.key, signal, told.opinion)


def public_client(allowed: Iterable[str]) -> httpx.AsyncClient:
    """For the open internet, and hosts that the operator allowed by name."""
    from bridge.banks.exchanges.client import new_client

    return new_client(allowed)


def _unheard(error: BridgeError, action: Action) -> NotYet | Impossible:
    if action.attempts + 1 >= TRIES:
        return Impossible(f"{error.message} It was tried {TRIES} times.", error.hint)
    wait = Unheard(error.message, error.hint)
    if isinstance(error, ExchangeError) and error.retry_after is not None:
        wait.first_retry_ms = max(1000 * error.retry_after, FIRST_RETRY_MS)
    return wait
