"""The gate in front of the PDS's `uploadBlob`: the body is read once, decided, and forwarded exactly once.

A picture that may be refused is decided first; where nothing can be, both are done at one time.

A DPoP proof holds for one request, so nothing is asked of the PDS beforehand; what comes back, the
demand for another proof included, goes to the client as it is. Whose upload it is only the PDS
knows: before it accepted the token nobody is named, no case is opened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

import httpx

from bridge.atproto.cids import cid_of
from bridge.atproto.pds import Pds, bounded
from bridge.atproto.recent import Recent
from bridge.atproto.requests import Answered, Body, Incoming, Rejected, account_of, cid_in
from bridge.atproto.tested import answer_self_test
from bridge.budget import Budget
from bridge.errors import NotChecked, Unreachable
from bridge.orders import Order
from bridge.outcomes import Outcome
from bridge.pause import Pause, uncompared
from bridge.pipeline import Pipeline
from bridge.policy import GateMode, at_the_gate, standing
from bridge.receiving import Content, Receiver
from bridge.rules import AtTheGate
from bridge.self_test import SelfTest
from bridge.settings import Settings
from bridge.store.outbox import is_settled
from bridge.store.policies import in_force
from bridge.store.store import Store
from bridge.tls import trusted
from bridge.uploads import Source, Upload
from bridge.verdicts import Reason, Verdict

SENDER = "gate"
HOLD_SECONDS = 8.0
"""How long an uploader waits for the takedown of a held upload; it is carried out in any case."""
FAST_SECONDS, SLOWEST = 10.0, 64 << 10
"""A picture that others wait for may take so long, and a second more for so many bytes."""
_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "content-length", "expect", "content-encoding",
    }
)  # fmt: skip
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """Since the bridge started."""

    let_in: int = 0
    held: int = 0
    blocked: int = 0
    unchecked: int = 0
    refused_by_pds: int = 0


class Gate:
    """`mode` is what it does with matches; `counts` what it did so far."""

    def __init__(
        self, mode: GateMode, settings: Settings, store: Store, pipeline: Pipeline, pds: Pds, pause: Pause
    ) -> None:
        self.mode = mode
        self.counts = Counts()
        self.self_test: SelfTest | None = None
        self._fails_open = settings.gate.fail == "open"
        self._appeal = settings.operator.appeal
        self._store = store
        self._pipeline = pipeline
        self._pause = pause
        self._recent = Recent()
        limits = pipeline.limits
        self._bodies = Budget(limits.gate_bodies, limits.patience, limits.picture_bytes)
        self._http = httpx.AsyncClient(
            base_url=pds.url, verify=trusted(), timeout=_TIMEOUT, follow_redirects=False
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def upload(self, incoming: Incoming) -> Answered:
        """Raises Rejected, InputError where the body ends early, Unreachable, StoreError."""
        if not incoming.is_plain:
            raise Rejected(415, "UnsupportedMediaType", "Send the file without a content encoding.")
        token = token_of(incoming)
        if self.self_test is not None and self.self_test.expects(token):
            return await answer_self_test(incoming, self._pipeline, self._bodies, self.self_test)
        if token and not account_of(token):  # before anything is compared: it tells of no match
            raise Rejected(401, "AuthenticationRequired", "This token cannot be read.")
        async with self._pipeline.receive(incoming.length, self._bodies) as receiver:
            body = Body(incoming.body)
            await body.look()
            if body.is_picture and self._is_looked_at(incoming):
                return await self._decide_then_forward(incoming, receiver, body.chunks())
            return await self._forward_then_decide(incoming, receiver, body.chunks())

    async def preflight(self, incoming: Incoming) -> Answered:
        """What a browser asks before it uploads: the PDS answers it. Raises Unreachable."""
        return await self._forward(incoming, b"", method="OPTIONS")

    @property
    def _lets_in(self) -> bool:
        """Whether what is not checked gets in: during a pause nobody's uploads depend on us."""
        return self._fails_open or self._pause.is_on

    def _is_looked_at(self, incoming: Incoming) -> bool:
        """Whether a picture is small enough to be looked at before it is forwarded.

        Raises Rejected where it is not, and nothing gets in that was not looked at.
        """
        if (incoming.length or 0) <= self._pipeline.limits.picture_bytes:
            return True
        if not self._lets_in:
            raise Rejected(413, "PayloadTooLarge", "This picture is larger than is taken here.")
        return False

    async def _decide_then_forward(
        self, incoming: Incoming, receiver: Receiver, chunks: AsyncIterator[bytes]
    ) -> Answered:
        """For a picture: it is in memory once, within the gate's own budget.

        One that finds no room, or comes slowly while others wait for it, is not held any longer.
        """
        size, began = 0, asyncio.get_running_loop().time()
        async for chunk in chunks:
            size += len(chunk)
            try:
                if size > self._pipeline.limits.picture_bytes:
                    raise NotChecked(Reason.TOO_LARGE, "It is larger than is looked at.", None)
                if self._bodies.is_wanted and asyncio.get_running_loop().time() > _due(began, size):
                    raise NotChecked(Reason.BUSY, "Others wait for its room.")
                await receiver.make_room(len(chunk))
            except NotChecked as error:
                if not self._lets_in:
                    raise _unchecked(error) from None
                first = await receiver.let_go() + chunk
                await receiver.feed(chunk)
                return await self._forward_then_decide(incoming, receiver, chunks, first)
            await receiver.feed(chunk)
        content = await receiver.finish()
        assert content.body is not None, "a picture whose bytes all had their room"
        may_refuse = self.mode is GateMode.BLOCK and bool(token_of(incoming)) and not self._pause.is_on
        if self._lets_in and not may_refuse:  # whatever it is, it gets in
            outcome, answer = await self._decide_while_forwarding(incoming, content, content.body)
            decided = await self._decided(outcome)
            return await self._settle(outcome, content, decided, incoming, answer)
        outcome = await self._examine(incoming, content)
        decided = await self._decided(outcome)
        if decided is AtTheGate.BLOCK and may_refuse:
            await self._pipeline.record(outcome, order=Order(refused=True))
            self.counts.blocked += 1
            raise self._rejection(outcome)
        if outcome.unchecked is not None and not self._lets_in:
            raise _unchecked(outcome.unchecked)
        answer = await self._forward(incoming, content.body)
        return await self._settle(outcome, content, decided, incoming, answer)

    async def _decide_while_forwarding(
        self, incoming: Incoming, content: Content, body: bytes
    ) -> tuple[Outcome, Answered]:
        """Both at one time; the answer is kept until it is decided. Raises as `_forward`.

        Neither ends without the other: the decoder works on the bytes that the caller holds.
        """
        outcome, answer = await asyncio.gather(
            self._examine(incoming, content), self._forward(incoming, body), return_exceptions=True
        )
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome, answer

    async def _forward_then_decide(
        self, incoming: Incoming, receiver: Receiver, rest: AsyncIterator[bytes], first: bytes = b""
    ) -> Answered:
        """For videos and all else: compared by exact hashes, known when the last byte has passed.

        `first` is what the receiver was fed already.
        """
        if not self._lets_in and (unable := await self._pipeline.unable()):
            raise _unchecked(unable)

        async def through() -> AsyncIterator[bytes]:
            if first:
                yield first
            async for chunk in rest:
                await receiver.feed(chunk)
                yield chunk

        answer = await self._forward(incoming, through())
        content = await receiver.finish()
        outcome = await self._examine(incoming, content)
        decided = await self._decided(outcome)
        if decided is AtTheGate.BLOCK:
            decided = AtTheGate.HOLD  # it is in already
        return await self._settle(outcome, content, decided, incoming, answer)

    async def _decided(self, outcome: Outcome) -> AtTheGate:
        if not (matches := standing(outcome.matches)):
            return AtTheGate.PASS
        return at_the_gate(matches, self.mode, await self._store.read(in_force))

    async def _examine(self, incoming: Incoming, content: Content) -> Outcome:
        upload = Upload(Source.GATE, SENDER, address=incoming.address)
        known = self._recent.get(content.sha256)
        if self._pause.is_on:
            outcome = await uncompared(upload, content, self._pipeline.hash, known)
        else:
            outcome = await self._pipeline.examine(upload, content, known)
        if not outcome.signals.unread:
            self._recent.keep(outcome.signals)
        return outcome

    async def _forward(
        self, incoming: Incoming, body: bytes | AsyncIterator[bytes], method: str = "POST"
    ) -> Answered:
        """Sends the request on, once. Raises Unreachable, and what reading the body raises."""
        headers = [(name, value) for name, value in incoming.headers if name.lower() not in _HOP_BY_HOP]
        if not isinstance(body, bytes) and incoming.length is not None:
            headers.append(("Content-Length", str(incoming.length)))
        request = self._http.build_request(method, incoming.target, headers=headers, content=body)
        for name in ("accept", "accept-encoding", "user-agent"):  # else httpx would add its own
            if not incoming.header(name):
                request.headers.pop(name, None)
        try:
            async with aclosing(await self._http.send(request, stream=True)) as answer:
                raw = await bounded(answer.aiter_raw())
        except httpx.HTTPError as error:
            log.warning("The PDS did not answer an upload: %s", type(error).__name__)
            raise Unreachable("The server behind this one does not answer.") from None
        kept = [(n, v) for n, v in answer.headers.multi_items() if n.lower() not in _HOP_BY_HOP]
        return Answered(answer.status_code, tuple(kept), raw)

    async def _settle(
        self, outcome: Outcome, content: Content, decided: AtTheGate, incoming: Incoming, answer: Answered
    ) -> Answered:
        """Records what the PDS took, under the account it accepted; what is held is taken down first."""
        if answer.status != 200:
            self.counts.refused_by_pds += 1
            return answer
        cid, did = cid_of(outcome.signals.sha256), account_of(incoming.header("authorization"))
        if not did or cid_in(answer.body) != cid:
            log.warning("Whose upload this was is not known; it is checked when a record refers to it.")
            return answer
        known = replace(outcome, upload=replace(outcome.upload, did=did, cid=cid))
        await self._pipeline.record(known, content, Order(hold=decided is AtTheGate.HOLD))
        if decided is AtTheGate.HOLD and await self._taken_down(known.upload.id):
            self.counts.held += 1
        else:
            self.counts.let_in += 1
        self.counts.unchecked += outcome.verdict is Verdict.NOT_CHECKED
        return answer

    async def _taken_down(self, upload_id: str) -> bool:
        """Whether the outbox confirmed it, within a bounded time; it goes on without us."""
        try:
            async with asyncio.timeout(HOLD_SECONDS):
                seq = self._store.seq
                while not await self._store.read(lambda connection: is_settled(connection, upload_id)):
                    seq = await self._store.wait_for_news(seq, 1.0)
        except TimeoutError:
            log.warning("A held upload was let in before it was taken down: see the actions.")
            return False
        return True

    def _rejection(self, outcome: Outcome) -> Rejected:
        appeal = f" You may write to {self._appeal}." if self._appeal else ""
        words = f"This file cannot be uploaded here. Reference: {outcome.upload.id}.{appeal}"
        return Rejected(400, "BlobRejected", words)


def token_of(incoming: Incoming) -> str:
    """Without one the PDS refuses every upload."""
    return incoming.header("authorization").strip()


def _due(began: float, size: int) -> float:
    """When so many bytes should have come."""
    return began + FAST_SECONDS + size / SLOWEST


def _unchecked(why: NotChecked) -> Rejected:
    if why.reason == Reason.TOO_LARGE:
        return Rejected(413, "PayloadTooLarge", "This picture is larger than is taken here.")
    wait = why.retry_after if why.retry_after is not None else 60
    return Rejected(503, "UploadNotChecked", "Uploads cannot be checked just now; try again later.", wait)
