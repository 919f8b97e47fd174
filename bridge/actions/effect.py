"""What the outbox knows of an effect: that it can be carried out, not yet, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from bridge.errors import BridgeError
from bridge.events import Event
from bridge.store.outbox import Action


class NotYet(BridgeError):
    """It could not be done now; it is tried again, after `first_retry_ms` and then ever longer."""

    first_retry_ms: int | None = None
    """None for the outbox's own."""


class Blocked(NotYet):
    """Nothing was asked of anybody: a key is locked, a password is missing."""


class Impossible(BridgeError):
    """It cannot be done; somebody has to look."""


class Effect(Protocol):
    @property
    def seconds(self) -> float:
        """How long one try may take."""

    async def carry_out(self, action: Action) -> None:
        """Does it and reads it back; returns only where it stands. Doing it twice is as doing it once.

        Raises NotYet, Impossible.
        """

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        """What follows in the store, in the transaction that confirms it; the events that say so."""
