"""What a mail or a phone call named: preserved, and taken down, without anybody looking at it.

Nobody but the configured PDS is asked. An account alone only opens a case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from bridge.atproto.cids import BadCid, bytes_of, sha256_of
from bridge.atproto.fetching import Mismatch, fetched
from bridge.atproto.frames import blobs_in
from bridge.atproto.named import Named, named_in
from bridge.atproto.pds import Pds, Record
from bridge.catalogue import Category
from bridge.errors import NotChecked, NotFound, PdsRefused, TooLarge
from bridge.events import Event
from bridge.orders import Order, Planned
from bridge.outcomes import Outcome
from bridge.pipeline import Pipeline
from bridge.store.actions import plan_subject
from bridge.store.cases import join_account_case, open_account_case
from bridge.store.store import Store
from bridge.upload_events import account_case_opened, action_planned
from bridge.uploads import Source, Upload
from bridge.verdicts import Reason

FETCHED = 100
"""Files of one record that are compared; a post has four, the largest known lexicon thirty. The others are
taken down all the same.
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """The case, the account it is of, and how many files of it were named; `not_there` are those that the
    PDS gave no bytes of.
    """

    case_id: str
    did: str
    files: int
    not_there: int
    takes_down: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What was named, as the PDS has it."""

    did: str
    uri: str = ""
    record: Record | None = None
    cids: tuple[str, ...] = ()


class ByHand:
    def __init__(self, store: Store, pipeline: Pipeline, pds: Pds) -> None:
        self._store = store
        self._pipeline = pipeline
        self._pds = pds

    async def open(self, words: str, order: Order) -> Opened:
        """Opens or joins the case of what `words` name, under `order.opens` and by `order.actor`.

        Raises InputError where they name nothing, NotFound where the PDS has no such thing, Unreachable,
        StoreError. What was recorded by then stays.
        """
        found = await self._find(named_in(words))
        outcomes = [await self._take(found, cid, order) for cid in found.cids[:FETCHED]]
        outcomes += [await self._take_unseen(found, cid, order, _TOO_MANY) for cid in found.cids[FETCHED:]]
        takes_down = order.takes_down and bool(found.cids or found.record)
        order = replace(order, takes_down=takes_down)
        done = await self._store.write(lambda c: _open(c, found, order), lambda done: done.events)
        missing = sum(not outcome.was_here for outcome in outcomes)
        return Opened(done.case_id, found.did, len(outcomes), missing, takes_down)

    async def _find(self, named: Named) -> _Found:
        if named.cid and not named.account:
            return await self._holder(named.cid)
        did = await self._did(named.account)
        if named.cid:
            return _Found(did, cids=(named.cid,))
        if not named.collection:
            return _Found(did)
        uri = f"at://{did}/{named.collection}/{named.rkey}"
        record = await self._pds.record(uri)
        if record is None:
            raise NotFound(
                "The PDS has no such record: it was deleted or taken down.",
                "Name the picture by its own address, or the account.",
            )
        return _Found(did, uri, record, tuple(_blobs(record)))

    async def _did(self, account: str) -> str:
        try:
            did = account if account.startswith("did:") else await self._pds.did_of(account)
        except PdsRefused:
            did = ""
        if not did or not await self._pds.hosts(did):
            raise NotFound(f"No account {account[:80]} is on this PDS.", "Only its own PDS can take it down.")
        return did

    async def _holder(self, cid: str) -> _Found:
        """The account that has this file, as far as we saw."""
        dids = await self._store.read(lambda connection: _holders(connection, cid))
        if len(dids) != 1:
            known = f"{len(dids)} accounts have this file" if dids else "No file with this CID was seen here"
            raise NotFound(f"{known}.", "Give the address of the picture, which names the account too.")
        return _Found(dids[0], cids=(cid,))

    async def _take(self, found: _Found, cid: str, order: Order) -> Outcome:
        """Fetches one file, compares it like any other, and opens the case with it whatever it matches."""
        upload = Upload(Source.HAND, order.actor, did=found.did, cid=cid, uri=found.uri)
        try:
            async with fetched(self._pds, self._pipeline, found.did, cid) as content:
                outcome = await self._pipeline.examine(upload, content)
                return await self._pipeline.record(outcome, content, order)
        except (PdsRefused, Mismatch, TooLarge) as error:
            why = NotChecked(Reason.GONE, f"It could not be fetched: {error.message}", None)
            return await self._take_unseen(found, cid, order, why)

    async def _take_unseen(self, found: _Found, cid: str, order: Order, why: NotChecked) -> Outcome:
        upload = Upload(Source.HAND, order.actor, did=found.did, cid=cid, uri=found.uri)
        outcome = self._pipeline.unseen(upload, sha256_of(cid), why)
        return await self._pipeline.record(outcome, order=order)


@dataclass(frozen=True, slots=True)
class _Done:
    case_id: str
    events: tuple[Event, ...]


def _open(connection: Connection, found: _Found, order: Order) -> _Done:
    """The account's case, which its files have joined already; and the takedown of the record."""
    category = order.opens or Category.OWN
    events: list[Event] = []
    case_id = open_account_case(connection, found.did, category)
    if case_id is None:
        case_id, _ = join_account_case(connection, found.did, category)
        events.append(account_case_opened(found.did, category, case_id, order.actor))
    if found.record is not None and order.takes_down:
        action = Planned("takedown", "named by hand", category)
        if key := plan_subject(connection, case_id, action, found.did, found.record.cid, found.uri):
            events.append(action_planned("", key, action.type, category, case_id, order.actor))
    return _Done(case_id, tuple(events))


def _blobs(record: Record) -> list[str]:
    return list(blobs_in(json.loads(record.json, object_hook=_link)))


def _link(value: Mapping[str, object]) -> object:
    """A link to a blob as CBOR has it, which JSON writes as `{"$link": …}`."""
    cid = value.get("$link")
    if len(value) != 1 or not isinstance(cid, str):
        return value
    try:
        return bytes_of(cid)
    except BadCid:
        return value


def _holders(connection: Connection, cid: str) -> list[str]:
    statement = text("SELECT DISTINCT did FROM uploads WHERE cid = :cid AND did <> '' AND cid <> ''")
    return list(connection.scalars(statement, {"cid": cid}))


_TOO_MANY = NotChecked(Reason.GONE, "Its record names more files than are compared by hand.", None)
