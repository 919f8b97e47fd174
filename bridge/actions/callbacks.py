"""What others tell us: each is put before a person as a case, and does no more by itself.

Callbacks come from strangers as far as the network goes: what is not signed with our secret, or is a copy
of one that was taken, is refused.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bridge.actions.asking import Ask, Asked
from bridge.catalogue import Category
from bridge.deciding.decisions import Decisions
from bridge.errors import InputError, KeysError, NotAvailable, NotFound, Unauthorized
from bridge.events import Event
from bridge.orders import Order
from bridge.signing import is_signed, nonce
from bridge.store.asked import known_uploads
from bridge.store.callbacks import take_once
from bridge.store.cases import join_case
from bridge.store.retries import recheck_upload
from bridge.store.store import Store
from bridge.upload_events import case_joined

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.by_hand import ByHand

LONGEST_REASON = 2_000
_NAMES = ("upload_id", "photo_id", "sha256")

Secret = Callable[[], Awaitable[str]]
"""The secret's value. Raises KeysLocked, KeysError, NotFound."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The two headers of a callback."""

    timestamp: str
    signature: str


@dataclass(frozen=True, slots=True)
class Taken:
    """How many uploads or files it was about, and the cases that they are in."""

    uploads: int
    case_ids: tuple[str, ...]


class Callbacks:
    """`by_hand` is None where no PDS is watched."""

    def __init__(self, store: Store, decisions: Decisions, by_hand: ByHand | None, secret: Secret) -> None:
        self._store = store
        self._decisions = decisions
        self._by_hand = by_hand
        self._secret = secret

    async def check(self, proof: Proof, body: bytes) -> None:
        """Raises Unauthorized, NotAvailable while there is no secret."""
        try:
            secret = await self._secret()
        except (KeysError, NotFound) as error:
            raise NotAvailable(error.message, error.hint) from None
        if not is_signed(secret, proof.timestamp, proof.signature, body, int(time.time())):
            raise Unauthorized(
                "The signature is wrong, or made more than five minutes off this clock.",
                "Sign `timestamp.body` with callback_secret, and set the clocks of both right.",
            )

    async def take_hma(self, proof: Proof, body: Mapping[str, object]) -> Taken:
        """A match that HMA reports: what we know of it opens a case, and is compared anew.

        Raises InputError, Conflict for a copy, NotAvailable, StoreError.
        """
        name, value = _named(body)
        category = _category(body)
        reason = _reason(body, "HMA reported a match.")

        def take(connection: Connection) -> tuple[dict[str, None], int, list[Event]]:
            take_once(connection, nonce(proof.signature))
            events: list[Event] = []
            joined: dict[str, None] = {}
            found = known_uploads(connection, name, value)
            for upload, sha256 in found:
                case_id, opened = join_case(connection, upload, sha256, category)
                joined[case_id] = None
                events += case_joined(upload, sha256, (), category, case_id, "bridge", opened=opened)
                recheck_upload(connection, upload.id)
            return joined, len(found), events

        joined, count, _ = await self._store.write(take, lambda taken: taken[2])
        for case_id in joined:
            await self._decisions.note(case_id, reason, "bridge")
        return Taken(count, tuple(joined))

    async def take_atproto(self, proof: Proof, body: Mapping[str, object]) -> Taken:
        """That others acted on an account, a record or a file of the PDS: an operator should look at it.

        Raises as `take_hma`, NotFound where the PDS does not have it, Unreachable.
        """
        if self._by_hand is None:
            raise NotAvailable("No PDS is watched.", 'Set pds.url, and pds.mode = "firehose".')
        if unknown := sorted({*body} - {"did", "cid", "uri", "reason"}):
            raise InputError(f"There is no field {unknown[0][:40]!r}.", "There are: did, cid, uri, reason.")
        reason = _reason(body, "Others acted on it.")
        ask = Ask.of({"action_type": Asked.REVIEW.value, **body})
        await self._store.write(lambda c: take_once(c, nonce(proof.signature)), ())
        opened = await self._by_hand.open(ask.words, Order(opens=Category.OWN))
        await self._decisions.note(opened.case_id, reason, "bridge")
        return Taken(opened.files, (opened.case_id,))


def _named(body: Mapping[str, object]) -> tuple[str, str]:
    """By what the upload is named, and its value."""
    if unknown := sorted({*body} - {*_NAMES, "category", "reason"}):
        raise InputError(
            f"There is no field {unknown[0][:40]!r}.", f"There are: {', '.join(_NAMES)}, reason."
        )
    given = [(name, body[name]) for name in _NAMES if name in body]
    if len(given) != 1:
        raise InputError(f"Give one of {', '.join(_NAMES)}.")
    name, value = given[0]
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_REASON:
        raise InputError(f"`{name}` takes a text.")
    return name, value


def _category(body: Mapping[str, object]) -> Category:
    try:
        return Category(str(body.get("category", Category.OWN)))
    except ValueError:
        raise InputError(f"`category` takes {', '.join(Category)}.") from None


def _reason(body: Mapping[str, object], said: str) -> str:
    words = body.get("reason", "")
    if not isinstance(words, str) or len(words) > LONGEST_REASON:
        raise InputError(f"`reason` takes a text of at most {LONGEST_REASON:,} letters.")
    return f"{said} {words}".strip()
