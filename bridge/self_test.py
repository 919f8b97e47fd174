"""The self-test: a harmless picture of ours goes all the way that uploads go, each night and when asked for.

It comes in at the gate, which answers it itself, or where there is none by the way of the API. It is hashed,
compared with the one entry of a bank of its own, and opens a case: in a transaction that takes all of it
back and leaves an entry in the log. So nobody sees an upload, a case or a message, and a step that does not
work is a failed self-test, by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, time, timedelta

import httpx
import numpy as np
from PIL import Image
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bridge.banks.banks import added_to, bank_created
from bridge.catalogue import Bank, Category
from bridge.errors import BridgeError, NotFound
from bridge.events import Event, EventType
from bridge.outcomes import Outcome
from bridge.pause import Pause
from bridge.pipeline import Pipeline, rehearse
from bridge.receiving import content_of
from bridge.reserved import SELF_TEST
from bridge.self_test_result import Failed, Result, Step, Way
from bridge.signals import Signal, SignalType
from bridge.store.banks import find_bank, insert_bank
from bridge.store.cases import find_case
from bridge.store.entries import add_content
from bridge.store.events import events_after
from bridge.store.self_tests import last_self_test, put_self_test
from bridge.store.store import Store
from bridge.store.uploads import upload_records
from bridge.tls import trusted
from bridge.uploads import Source, Upload, now_ms
from bridge.verdicts import Verdict

UPLOAD_BLOB = "/xrpc/com.atproto.repo.uploadBlob"
SECONDS = 20.0
PATIENCE = 60.0
"""For which the whole of it may take."""
FIRST_MS = 60_000
"""After a start, where none has passed: keys are opened, the index is read."""
AGAIN_MS = 15 * 60_000
"""After one that failed."""
DOOR_SECONDS = 20.0
_AWAKE = (200, 503)
"""The second while the index is built: then the next step says so."""
_MUCH = 10_000
_SIDE = 256

log = logging.getLogger(__name__)


class SelfTest:
    """`run` is the owner task, `last` the newest result. `expects` and `examined` are for the gate."""

    def __init__(
        self, store: Store, pipeline: Pipeline, pause: Pause, at: Callable[[], time], *, has_gate: bool
    ) -> None:
        """`at` is when it is due each day, by local time."""
        self.last: Result | None = None
        self.url = ""
        """Where uploads come in, empty where nobody listens."""
        self._store = store
        self._pipeline = pipeline
        self._pause = pause
        self._at = at
        self._way = Way.GATE if has_gate else Way.API
        self._started_at = now_ms()
        self._one = asyncio.Lock()
        self._step = Step.DOOR
        self._token = ""
        self._seen: asyncio.Future[Outcome] | None = None

    async def open(self) -> None:
        """Reads the last result. Raises StoreError."""
        self.last = await self._store.read(last_self_test)

    async def run(self) -> None:
        """Ends when cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            if not self._pause.is_on and self._is_due(now_ms()):
                await self.check()

    async def check(self) -> Result:
        """Goes all the way once, whatever the hour."""
        async with self._one:
            began, passed_at = now_ms(), self.last.passed_at if self.last else None
            try:
                async with asyncio.timeout(PATIENCE):
                    self.last = await self._go(began)
            except Exception as error:
                step = error.step if isinstance(error, Failed) else self._step
                self.last = Result(began, passed_at, self._way, step, _why(error), now_ms() - began)
                log.warning("The self-test failed at its step %s: %s", step.value, self.last.why)
                await self._write_failure(self.last)
            return self.last

    def expects(self, token: str) -> bool:
        """Whether a request with this token is the self-test's own, under way now."""
        mine = f"Bearer {self._token}"
        return bool(self._token) and secrets.compare_digest(token.encode(), mine.encode())

    def examined(self, outcome: Outcome) -> None:
        """The gate has seen it: this is what it made of it."""
        if self._seen is not None and not self._seen.done():
            self._seen.set_result(outcome)

    async def _go(self, began: int) -> Result:
        """Raises Failed, or whatever the step of `_step` raises."""
        self._step = Step.MATCH
        await self._make_bank()
        self._step = Step.DOOR
        picture = await asyncio.to_thread(_picture, secrets.randbits(32))
        outcome = await (self._by_gate(picture) if self._way is Way.GATE else self._by_api(picture))
        if not outcome.signals.views:
            why = outcome.signals.fault or "no view of it"
            raise Failed(Step.HASH, f"Its picture was not hashed: {why}.")
        if outcome.unchecked is not None:
            raise Failed(Step.MATCH, outcome.unchecked.message)
        if outcome.verdict is not Verdict.MATCHED:
            raise Failed(Step.MATCH, "Its picture matched nothing: the bank has lost it.")
        self._step = Step.LOG
        before, result = self._store.seq, Result(began, began, self._way, took_ms=now_ms() - began)
        await self._store.write(lambda c: _open_and_take_back(c, outcome, result), [_said(result)])
        news = await self._store.read(lambda c: events_after(c, before, _MUCH))
        if EventType.SELF_TEST_PASSED not in [kind for _, kind, _ in news]:
            raise Failed(Step.LOG, "Its entry is not in the log.")
        return result

    async def _make_bank(self) -> None:
        """Where there is none; one that was emptied stays so, and fails the test."""
        with contextlib.suppress(NotFound):
            await self._store.read(lambda c: find_bank(c, SELF_TEST))
            return
        content = content_of(await asyncio.to_thread(_picture, 0))
        view = (await self._pipeline.hash(content)).reference
        if view is None:
            raise Failed(Step.HASH, "Its picture was not hashed.")
        signal = Signal(SignalType.PDQ, view.pdq, view.quality)
        await self._store.write(lambda c: _new_bank(c, signal), lambda events: events)

    async def _by_gate(self, picture: bytes) -> Outcome:
        """Through the address where uploads come in. Only a gate that is on their way sees it."""
        self._token, self._seen = secrets.token_urlsafe(32), asyncio.get_running_loop().create_future()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "image/png"}
        try:
            async with httpx.AsyncClient(verify=trusted(), timeout=DOOR_SECONDS) as http:
                await http.post(f"{self.url.rstrip('/')}{UPLOAD_BLOB}", content=picture, headers=headers)
            if not self._seen.done():
                raise Failed(Step.DOOR, "An upload did not come to the gate: another answered it.")
            return self._seen.result()
        except httpx.HTTPError as error:
            raise Failed(Step.DOOR, f"The gate does not answer: {type(error).__name__}.") from None
        finally:
            self._token, self._seen = "", None

    async def _by_api(self, picture: bytes) -> Outcome:
        """As an app's, from the door that apps knock at on."""
        if self.url:
            try:
                async with httpx.AsyncClient(verify=trusted(), timeout=DOOR_SECONDS) as http:
                    answer = await http.get(f"{self.url}/health")
            except httpx.HTTPError as error:
                raise Failed(Step.DOOR, f"The API does not answer: {type(error).__name__}.") from None
            if answer.status_code not in _AWAKE:
                raise Failed(Step.DOOR, f"The API answers {answer.status_code}.")
        self._step = Step.HASH
        async with self._pipeline.receive(len(picture)) as receiver:
            await receiver.feed(picture)
            content = await receiver.finish()
            return await self._pipeline.examine(Upload(Source.API, SELF_TEST), content)

    async def _write_failure(self, failed: Result) -> None:
        """Where the store takes nothing it is known here, and raises the alarm."""
        with contextlib.suppress(BridgeError, SQLAlchemyError):
            await self._store.write(lambda c: put_self_test(c, failed), [_said(failed)])

    def _is_due(self, now: int) -> bool:
        if self.last is None:
            return now - self._started_at >= FIRST_MS
        if self.last.step is not None:
            return now - self.last.at >= AGAIN_MS
        return self.last.at < _newest_due(self._at(), now) and now - self._started_at >= FIRST_MS


def _newest_due(at: time, now: int) -> int:
    """When it was due last, in milliseconds."""
    today = datetime.fromtimestamp(now / 1000).astimezone()
    due = datetime.combine(today.date(), at).astimezone()
    if due > today:
        due = datetime.combine(today.date() - timedelta(days=1), at).astimezone()
    return int(due.timestamp() * 1000)


def _why(error: Exception) -> str:
    if isinstance(error, BridgeError):
        return error.message
    if isinstance(error, TimeoutError):
        return f"It took longer than {PATIENCE:.0f} s."
    if isinstance(error, SQLAlchemyError):
        return f"The store takes nothing: {str(getattr(error, 'orig', None) or error).splitlines()[0]}."
    log.error("Nobody foresaw how the self-test failed", exc_info=error)
    return "Nobody foresaw this: the journal says more."


def _said(result: Result) -> Event:
    kind = EventType.SELF_TEST_PASSED if result.step is None else EventType.SELF_TEST_FAILED
    step = {} if result.step is None else {"step": result.step.value}
    return Event(kind, "bridge", facts={"way": result.way.value, "took_ms": result.took_ms, **step})


def _new_bank(connection: Connection, signal: Signal) -> list[Event]:
    description = "The picture of the self-test: no upload is compared with it."
    bank = insert_bank(connection, Bank(SELF_TEST, Category.TEST, description=description))
    _, added = add_content(connection, bank, [signal])
    return [bank_created(bank, "bridge"), *added_to(bank, added, "bridge")]


def _open_and_take_back(connection: Connection, outcome: Outcome, result: Result) -> None:
    """Opens its case as for any upload, looks that it is there, and takes all of it back."""
    savepoint = connection.begin_nested()
    try:
        case_id = rehearse(connection, outcome).case_id
        case = find_case(connection, case_id)
        (record,) = upload_records(connection, ids=[outcome.upload.id])
        if record.case_id != case.id or not record.matches or case.banks != (SELF_TEST,):
            raise Failed(Step.CASE, "Its case is not as it was opened.")
    except NotFound:
        raise Failed(Step.CASE, "Its match opened no case.") from None
    finally:
        savepoint.rollback()
    put_self_test(connection, result)


def _picture(seed: int) -> bytes:
    """Soft spots of grey, the same each time but for noise that nobody sees: bytes that were never here."""
    spots = np.random.default_rng(20_26).integers(0, 256, (12, 12), np.uint8)
    soft = Image.fromarray(spots).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(seed).integers(0, 3, (_SIDE, _SIDE), np.uint8)
    body = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(soft), 0, 250).astype(np.uint8) + noise).save(body, "png")
    return body.getvalue()
