"""The pipeline: receive → hash → match → decide → record → act. Read this first.

Whatever brings an upload (an app, a scan, the firehose, a person who was told of it) does the same
three things: `receive` its bytes, say where they came from in an `Upload`, and `process` both. What
comes back is an `Outcome`: matched, no_match, unhashable or not_checked, and it is on disk. The gate
takes the two halves of `process` by themselves: it may `examine` before it knows whose upload it is,
and `record`s once the PDS has accepted it. What follows from an outcome, steps 5 and 6, stands in
`bridge/following.py` and happens in the transaction that records it.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection

from bridge import policy
from bridge.budget import Budget
from bridge.errors import NotChecked
from bridge.evidence import Evidence, Keeping
from bridge.following import Recorded, follow
from bridge.hashing import Hasher
from bridge.limits import Limits
from bridge.matching.matcher import Matcher, Query
from bridge.orders import NOTHING, Order
from bridge.outcomes import Outcome
from bridge.receivers import NOBODY, Receivers
from bridge.receiving import Content, Receiver
from bridge.signals import Signals
from bridge.store import policies, retries, uploads, wanted
from bridge.store.evidence import put_address
from bridge.store.messages import standing_answer
from bridge.store.signals import keep_signals, known_signals
from bridge.store.store import Store
from bridge.uploads import Source, Upload
from bridge.verdicts import Comparison, Reason, Verdict

log = logging.getLogger(__name__)


class Pipeline:
    """`evidence` keeps what matched, `gate` is how far the gate goes with it; None where there is none.

    `receivers` are told what follows.
    """

    def __init__(
        self,
        store: Store,
        hasher: Hasher,
        matcher: Matcher,
        evidence: Evidence | None = None,
        gate: policy.GateMode | None = None,
        receivers: Receivers = NOBODY,
    ) -> None:
        self._store = store
        self._hasher = hasher
        self._matcher = matcher
        self._evidence = evidence
        self._gate = gate
        self._receivers = receivers

    # 1. receive
    def receive(self, expected: int | None = None, bodies: Budget | None = None) -> Receiver:
        """Takes the bytes of one upload as they arrive; `expected` is their number where it is known."""
        return self._hasher.receive(expected, bodies)

    async def process(self, upload: Upload, content: Content, *, again: bool = False) -> Outcome:
        """Takes an upload through all steps; `again` where it is recorded already, as not checked.

        Raises StoreError where the outcome could not be recorded: then nothing was.
        """
        outcome = await self.examine(upload, content)
        if again:
            return await self._follow_up(outcome, content)
        return await self.record(outcome, content)

    async def examine(self, upload: Upload, content: Content, known: Signals | None = None) -> Outcome:
        """Steps 2 and 3. Nothing is recorded yet: whoever asks may still learn whose upload it is.

        `known` are the signals of the same bytes, where they were hashed just now.
        """
        undecoded = None
        try:
            signals = known or await self.hash(content)
        except NotChecked as error:
            signals, undecoded = replace(content.exact_signals(error.message), unread=True), error
        return await self._match(upload, signals, undecoded, content.body)

    async def record(
        self, outcome: Outcome, content: Content | None = None, order: Order = NOTHING
    ) -> Outcome:
        """Steps 4 to 6, with what `order` asks for. Raises StoreError: then nothing of it happened."""
        keeping = None if order.refused else await self._keep(outcome, content, order)
        recorded = await self._store.write(
            lambda c: _record(c, outcome, keeping, order, self._receivers), lambda done: done.events
        )
        return recorded.outcome

    async def unable(self) -> NotChecked | None:
        """Why nothing can be compared just now, None where it can."""
        return (await self._compare(Query((), ()))).unchecked

    @property
    def limits(self) -> Limits:
        return self._hasher.limits

    async def record_unfetched(
        self, upload: Upload, sha256: bytes, why: NotChecked, *, again: bool = False
    ) -> None:
        """An upload known by its CID alone: not checked, and fetched again later unless it is gone."""
        outcome = self.unseen(upload, sha256, why)
        if again:
            await self._follow_up(outcome)
            return
        await self.record(outcome)

    def unseen(self, upload: Upload, sha256: bytes, why: NotChecked) -> Outcome:
        """The outcome of an upload that is known by its CID alone."""
        return Outcome(upload, _never_here(sha256, why.message), Verdict.NOT_CHECKED, (), (), why)

    async def process_again(self, upload: Upload, sha256: bytes) -> Outcome:
        """Compares an upload that was not checked once more, from its stored signals.

        Where its bytes were never decoded only its exact hashes are compared: it stays not_checked
        unless they match, until the same bytes are sent again.
        """
        return await self._follow_up(await self.examine_again(upload, sha256))

    async def examine_again(self, upload: Upload, sha256: bytes) -> Outcome:
        """The same, and nothing is recorded."""
        signals = await self._store.read(lambda connection: known_signals(connection, sha256))
        if signals is None:  # its bytes were never here: it waits for somebody
            signals = _never_here(sha256)
        unread = NotChecked(Reason.BUSY, signals.fault, retry_after=None) if signals.unread else None
        return await self._match(upload, signals, unread)

    async def _keep(
        self, outcome: Outcome, content: Content | None, order: Order = NOTHING
    ) -> Keeping | None:
        """Puts the bytes of what opens a case into the vault, before anybody hears of it."""
        if self._evidence is None:
            return None
        opens = policy.opens(policy.standing(outcome.matches))
        if order.opens is not None:
            opens = (*opens, order.opens)
        body = content.body if content is not None else None
        return await self._evidence.keep(outcome.upload, opens, outcome.signals.sha256, body)

    async def _follow_up(self, outcome: Outcome, content: Content | None = None) -> Outcome:
        """Puts a later outcome in the place of the first one, or waits on where it found nothing more."""
        standing = policy.standing(outcome.matches)
        known = await self._store.read(lambda c: uploads.count_standing(c, outcome.upload.id))
        if outcome.is_incomplete and len(standing) <= known:
            await self._store.write(lambda c: _wait_on(c, outcome), ())
            return outcome
        order, keeping = Order(hold=await self._is_held(outcome)), await self._keep(outcome, content)
        revised = await self._store.write(
            lambda c: _revise(c, outcome, keeping, order, self._receivers), lambda done: done.events
        )
        return revised.outcome

    async def _is_held(self, outcome: Outcome) -> bool:
        """Whether what the gate let in unchecked would have been held, had it been checked there."""
        gate, matches = self._gate, policy.standing(outcome.matches)
        if gate is None or outcome.upload.source is not Source.GATE or not outcome.upload.is_on_pds:
            return False
        return await self._store.read(lambda c: policies.gate_holds(c, matches, gate))

    # 2. hash
    async def hash(self, content: Content) -> Signals:
        """All signals; those of bytes seen before are not computed again. Raises NotChecked."""
        seen = await self._store.read(lambda connection: known_signals(connection, content.sha256))
        return seen if seen is not None and not seen.fault else await self._hasher.hash(content)

    # 3. match
    async def _match(
        self, upload: Upload, signals: Signals, undecoded: NotChecked | None, body: bytes | None = None
    ) -> Outcome:
        """Every verdict is made here: a match stands on whatever was compared, no_match on all of it."""
        asked = Query.of_upload(signals, upload.wanted, self_test=upload.is_self_test, picture=body)
        compared = await self._compare(asked)
        unchecked = undecoded or compared.unchecked
        matches = policy.strongest(policy.cancel(compared.matches))
        if policy.standing(matches):
            verdict = Verdict.MATCHED
        elif unchecked:
            verdict = Verdict.NOT_CHECKED
        elif signals.fault:
            verdict = Verdict.UNHASHABLE
        else:
            verdict = Verdict.NO_MATCH
        through = compared.through
        return Outcome(upload, signals, verdict, matches, compared.banks, unchecked, through=through)

    async def _compare(self, query: Query) -> Comparison:
        try:
            return await self._matcher.match(query)
        except Exception:
            log.exception("The matcher failed")
            return Comparison((), (), NotChecked(Reason.MATCHER_DOWN, "The matcher failed."))


def rehearse(connection: Connection, outcome: Outcome) -> Outcome:
    """Steps 4 to 6 as for any upload, for a transaction that takes them back: nobody is told."""
    return _record(connection, outcome, None, NOTHING, NOBODY).outcome


def _never_here(sha256: bytes, fault: str = "") -> Signals:
    """What is known of bytes that nobody saw."""
    return Signals(sha256, b"", b"", 0, "", fault=fault, unread=True)


def _record(
    connection: Connection, outcome: Outcome, keeping: Keeping | None, order: Order, receivers: Receivers
) -> Recorded:
    """Steps 4, 5 and 6 of an upload's first check, in one transaction: `following.py` has the last two."""
    consequence = _decide(connection, outcome)
    if order.refused:
        consequence = policy.Consequence(policy.Answer.BLOCK)
    elif order.opens is not None:
        consequence = policy.with_case(consequence, order.opens)
    uploads.insert_upload(
        connection,
        outcome.upload,
        outcome.signals.sha256,
        outcome.verdict,
        outcome.reason,
        consequence.answer,
        outcome.banks,
    )
    if keeping is not None and keeping.address is not None:
        put_address(connection, outcome.upload.id, keeping.address)
    wanted.end_wanting(connection, outcome.upload, is_gone=outcome.is_gone)
    if outcome.is_incomplete and not order.refused:
        _wait_on(connection, outcome)
    else:
        _keep_signals(connection, outcome)
        if outcome.was_here:
            retries.retry_same_bytes(connection, outcome.signals.sha256)
    return follow(connection, outcome, consequence, keeping, order, receivers)


def _revise(
    connection: Connection, outcome: Outcome, keeping: Keeping | None, order: Order, receivers: Receivers
) -> Recorded:
    """The same for an upload that was not checked the first time.

    An app that was told "not checked" does not hear of BLOCK by itself any more: a person has to act.
    """
    answered = standing_answer(connection, outcome.upload.id)
    consequence = _decide(connection, outcome)
    if consequence.takedown and not outcome.upload.is_on_pds:
        consequence = replace(consequence, answer=policy.Answer.REVIEW, takedown=None)
    uploads.revise_upload(
        connection, outcome.upload.id, outcome.verdict, outcome.reason, consequence.answer, outcome.banks
    )
    uploads.forget_matches(connection, outcome.upload.id)
    if outcome.is_incomplete:
        _wait_on(connection, outcome)
    else:
        _keep_signals(connection, outcome)
        retries.end_retries(connection, outcome.upload.id)
    return follow(connection, outcome, consequence, keeping, order, receivers, answered)


def _keep_signals(connection: Connection, outcome: Outcome) -> None:
    if outcome.was_here:
        keep_signals(connection, outcome.signals)


def _wait_on(connection: Connection, outcome: Outcome) -> None:
    _keep_signals(connection, outcome)
    ever = outcome.can_retry or outcome.needs_bytes
    retries.plan_retry(connection, outcome.upload.id, ever=ever, refetch=outcome.needs_bytes)


# 4. decide
def _decide(connection: Connection, outcome: Outcome) -> policy.Consequence:
    """Within the transaction that records it, so that the caps count what is really there; the policy in
    force is read there too.
    """
    return policies.consequence(connection, outcome.upload, policy.standing(outcome.matches))
