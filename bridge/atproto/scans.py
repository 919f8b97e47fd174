"""Blobs that others send to be compared: hepa by `scanBlob`, Ozone's moderators by `reportBlob`.

Whose blob it is they only claim. It is an account's where the watched PDS gives that very blob of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bridge import policy
from bridge.atproto.cids import cid_of
from bridge.atproto.names import account_of_record, is_did
from bridge.catalogue import Category
from bridge.errors import InputError, NotChecked, PdsRefused, Unhashable, Unreachable
from bridge.orders import NOTHING, Order
from bridge.outcomes import Outcome
from bridge.pipeline import Pipeline
from bridge.uploads import Source, Upload
from bridge.verdicts import Verdict

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.pds import Pds

SENDER = "admin"
"""The user of the Basic authentication by which they come."""
LONGEST_CLAIM = 512
ASK_SECONDS = 5.0

log = logging.getLogger(__name__)


class Label(StrEnum):
    """Of a hit. hepa takes the record down by itself on `csam`, and on no other of ours."""

    CSAM = "csam"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the sender says of the blob: proves nothing."""

    did: str = ""
    handle: str = ""
    uri: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Claims:
        """An account's mail address, which hepa sends too, is not kept. Raises InputError."""
        given = {name: fields.get(name, "") for name in ("did", "handle", "uri")}
        if any(len(value) > LONGEST_CLAIM for value in given.values()):
            raise InputError(f"A parameter is longer than {LONGEST_CLAIM} characters.")
        return cls(**given)


class Scans:
    """`pds` is None where none is watched: then nothing is attributed."""

    def __init__(self, pipeline: Pipeline, pds: Pds | None) -> None:
        self._pipeline = pipeline
        self._pds = pds

    async def scan(self, body: AsyncIterator[bytes], length: int | None, claims: Claims) -> Outcome:
        """Compares a blob like any upload.

        Raises NotChecked and Unhashable, with the upload's id, once it is recorded as such: neither may
        look like an answer without hits. Raises InputError, StoreError.
        """
        outcome = await self._record(Source.SCAN_BLOB, body, length, claims)
        if outcome.verdict is Verdict.NOT_CHECKED and outcome.unchecked:
            why = outcome.unchecked
            raise NotChecked(why.reason, why.message, why.retry_after, outcome.upload.id)
        if outcome.verdict is Verdict.UNHASHABLE:
            raise Unhashable(outcome.reason, outcome.upload.id)
        return outcome

    async def report(self, body: AsyncIterator[bytes], length: int | None, claims: Claims) -> Outcome:
        """The same for what a moderator sent here to be decided: it opens a case, whatever it matches.

        Raises InputError, StoreError.
        """
        return await self._record(Source.REPORT_BLOB, body, length, claims, for_a_person=True)

    async def _record(
        self,
        source: Source,
        body: AsyncIterator[bytes],
        length: int | None,
        claims: Claims,
        *,
        for_a_person: bool = False,
    ) -> Outcome:
        said = {name: value for name, value in (("uri", claims.uri), ("handle", claims.handle)) if value}
        upload = Upload(source, SENDER, claimed_author=claims.did, metadata=said)
        async with self._pipeline.receive(length) as receiver:
            async for chunk in body:
                await receiver.feed(chunk)
            content = await receiver.finish()
            if not content.size:
                raise InputError("The request has no blob.")
            outcome = await self._pipeline.examine(upload, content)
            if outcome.verdict is not Verdict.NO_MATCH or for_a_person:
                cid = cid_of(content.sha256)
                if await self._gives(claims.did, cid):
                    uri = claims.uri if account_of_record(claims.uri) == claims.did else ""
                    outcome = replace(outcome, upload=replace(upload, did=claims.did, cid=cid, uri=uri))
            opens = policy.opens(policy.standing(outcome.matches))
            order = Order(opens=Category.OWN) if for_a_person and not opens else NOTHING
            return await self._pipeline.record(outcome, content, order)

    async def _gives(self, did: str, cid: str) -> bool:
        """Whether the watched PDS serves this very blob as this account's."""
        if self._pds is None or not is_did(did):
            return False
        try:
            async with asyncio.timeout(ASK_SECONDS), self._pds.blob(did, cid):
                return True
        except (PdsRefused, Unreachable, TimeoutError):
            return False


def labels(outcome: Outcome) -> list[Label]:
    """One for each kind of hit; matches of banks that only watch are none.

    `csam` stands only on what may be acted on without a person: the very same bytes as a child-safety
    entry, or what policy takes down by itself in such a bank, within its caps.
    """
    hits = policy.acted_on(policy.standing(outcome.matches))
    certain = [
        match
        for match in hits
        if match.bank.category is Category.CHILD_SAFETY
        and (match.is_exact or (outcome.takedown is not None and outcome.takedown.match == match))
    ]
    return [*([Label.CSAM] if certain else []), *([Label.REVIEW] if len(certain) < len(hits) else [])]
