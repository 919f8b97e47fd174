"""Telling somebody over HTTP: a signed message, which counts as told when it was answered with 2xx.

Nothing can be read back from a webhook: that the receiver says yes is all there is. What was sent when
the bridge ended is sent again under the same idempotency key, by which the receiver drops it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bridge.actions.effect import Blocked, Impossible, NotYet
from bridge.actions.wire import body_of
from bridge.errors import BridgeError, KeysError, NotFound
from bridge.events import Event
from bridge.receivers import OPERATOR, Receiver, Receivers
from bridge.signing import SIGNATURE, TIMESTAMP, signature
from bridge.store.messages import Message, read_message
from bridge.store.outbox import Action
from bridge.store.store import Store
from bridge.tls import trusted
from bridge.uploads import new_id, now_ms
from bridge.version import VERSION

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts tell nobody anything
    import httpx

TRIES = 10
"""After so many, more than an hour, it is given up and stands among the actions that failed."""
FIRST_RETRY_MS = 30_000
TIMEOUT_SECONDS = 10.0
IDEMPOTENCY_KEY = "Idempotency-Key"

_REFUSED_FOR_GOOD = (400, 410)
"""It does not understand this message, or wants none any more. All else may be put right meanwhile."""

log = logging.getLogger(__name__)

Secret = Callable[[], Awaitable[str]]
"""The secret's value. Raises KeysLocked, KeysError, NotFound."""


class Unheard(NotYet):
    """The receiver did not take the message."""

    first_retry_ms = FIRST_RETRY_MS


class Webhook:
    """`close` ends its connections."""

    seconds = 2 * TIMEOUT_SECONDS

    def __init__(self, store: Store, receivers: Receivers, secret: Secret) -> None:
        self._store = store
        self._receivers = receivers
        self._secret = secret
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def carry_out(self, action: Action) -> None:
        """Raises NotYet, Blocked while there is no secret, Impossible."""
        message = await self._store.read(lambda connection: read_message(connection, action.id))
        if message is None:
            raise Impossible("What was to be told was erased.")
        receiver = self._receivers.named(message.receiver)
        if receiver is None:
            whose = message.receiver.removeprefix("key:") or "the operator"
            raise Impossible(f"No webhook is set for {whose}.", "Set it in config.toml, and start again.")
        try:
            secret = await self._secret()
        except (KeysError, NotFound) as error:
            raise Blocked(error.message, error.hint) from None
        try:
            body = body_of(message, receiver.format, self._receivers.appeal)
            await self._post(receiver, action.key, body, secret)
        except Unheard as error:
            if action.attempts + 1 >= TRIES:
                raise Impossible(f"{error.message} It was tried {TRIES} times.") from None
            raise

    async def tell_now(self, kind: str, text: str) -> bool:
        """Tells the operator a notice past the store, where that takes nothing down. Whether it was heard."""
        receiver, key = self._receivers.named(OPERATOR), f"notify:{new_id()}"
        if receiver is None:
            return False
        body = body_of(Message(key, OPERATOR, kind, text, now_ms()), receiver.format)
        try:
            await self._post(receiver, key, body, await self._secret())
        except BridgeError as error:
            log.warning("The operator could not be told: %s", error.message)
            return False
        return True

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        return ()

    async def _post(self, receiver: Receiver, key: str, body: bytes, secret: str) -> None:
        """Reads nothing of the answer but its status. Raises Unheard, Impossible."""
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=trusted(), timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
            )
        now = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"hma-console/{VERSION}",
            IDEMPOTENCY_KEY: key,
            TIMESTAMP: str(now),
            SIGNATURE: signature(secret, now, body),
        }
        try:
            async with self._client.stream("POST", receiver.url, content=body, headers=headers) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unheard(f"The webhook does not answer: {type(error).__name__}.") from None
        if 200 <= status < 300:
            return
        if status in _REFUSED_FOR_GOOD:
            raise Impossible(f"The webhook refuses it for good, with status {status}.")
        if 300 <= status < 400:
            raise Unheard("The webhook redirects, which is not followed.", "Set the address it leads to.")
        raise Unheard(f"The webhook answers with status {status}.")
