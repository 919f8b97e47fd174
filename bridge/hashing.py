"""Bytes → signals: every exact hash, and the PDQ hashes of all views of a picture.

Pictures are decoded and hashed by a few threads, each after it got its share of a memory budget
reckoned from the picture's header. The event loop only waits.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bridge.budget import Budget, Hold
from bridge.decoding.media_types import PICTURES
from bridge.decoding.pictures import Picture
from bridge.errors import BridgeError, NotChecked, Unhashable
from bridge.limits import Limits
from bridge.pdq import NeedsFullSize, digest
from bridge.receiving import Content, Receiver
from bridge.signals import Signals, View, ViewKind, ViewName
from bridge.verdicts import Reason
from bridge.views import look

_RETRY_AFTER = 30
"""Seconds after which a picture that took too long, or found no thread, may come again."""

_FIRST_HOLD = 24 << 20
"""Held before a header is read: enough for most pictures, which so need one turn only."""
_COPIES = 3
"""Times its bytes that opening a picture takes at most: some decoders copy them twice."""

_T = TypeVar("_T")


class Hasher:
    """Hashes uploads, a few at a time. Made and used on one event loop; `close` when done."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._bodies = Budget(self.limits.all_bodies, self.limits.patience, self.limits.picture_bytes)
        self._decodes = Budget(self.limits.all_decodes, self.limits.patience)
        self._decoders = ThreadPoolExecutor(self.limits.threads, "decode")
        # Bodies have a thread of their own: they must not wait behind a slow decode.
        self._receivers = ThreadPoolExecutor(1, "receive")

    def receive(self, expected: int | None = None, bodies: Budget | None = None) -> Receiver:
        """Takes the body of one upload; `expected` is its length in bytes where it is known.

        `bodies` is the budget that holds it where it is not the one for all.
        """
        return Receiver(self.limits, bodies or self._bodies, self._receivers, expected)

    @property
    def decode_bytes_free(self) -> int:
        """How much of the budget for decodes nobody holds."""
        return self._decodes.free

    async def hash(self, content: Content) -> Signals:
        """All signals of `content`; where it cannot be decoded they say so in `fault`.

        Raises NotChecked: too_large, too_slow or busy. `content.exact_signals()` still hold then.
        """
        self._check_kept(content)
        if content.media_type not in PICTURES or content.body is None:
            return content.exact_signals(_fault_of_type(content.media_type))
        try:
            return await self._look_at(content, content.body)
        except Unhashable as fault:
            return content.exact_signals(fault.message)

    async def with_picture(self, content: Content, cost: int, use: Callable[[Picture], _T]) -> _T:
        """What `use` makes of the opened picture, in the same threads and within the same budget.

        `cost` is how many bytes it takes beside the decoded picture; what it gives must not hold the picture.
        Raises NotChecked as `hash`, Unhashable where it is no picture that is decoded here.
        """
        self._check_kept(content)
        if content.media_type not in PICTURES or content.body is None:
            raise Unhashable(_fault_of_type(content.media_type) or "a video")
        held = min(_FIRST_HOLD + _COPIES * len(content.body), self.limits.all_decodes - cost)
        while True:
            hold = await self._decodes.hold(held + cost)
            attempt = _Use(content, content.body, self.limits.frames, held, use)
            done = await self._in_thread(attempt.run, hold)
            if not isinstance(done, _Needs):
                return done
            held = done.nbytes

    def _check_kept(self, content: Content) -> None:
        """Raises NotChecked for a picture whose bytes were dropped."""
        if content.too_large:
            limit = self.limits.picture_bytes >> 20
            raise NotChecked(
                Reason.TOO_LARGE, f"A picture of more than the {limit} MB looked at here.", retry_after=None
            )
        if content.too_busy:
            raise NotChecked(Reason.BUSY, "Too many pictures at once.", _RETRY_AFTER)

    def close(self) -> None:
        """Lets running decodes end by themselves and starts no more."""
        self._decoders.shutdown(wait=False, cancel_futures=True)
        self._receivers.shutdown(wait=False, cancel_futures=True)

    async def _look_at(self, content: Content, body: bytes) -> Signals:
        most = self.limits.all_decodes
        attempt = _Attempt(content, body, self.limits.frames, min(_FIRST_HOLD + _COPIES * len(body), most))
        while True:
            hold = await self._decodes.hold(attempt.held)
            outcome = await self._in_thread(attempt.run, hold)
            if isinstance(outcome, Signals):
                return outcome
            attempt = outcome

    async def _in_thread(self, work: Callable[[Callable[[], None]], _T], hold: Hold) -> _T:
        """Runs `work` within the time given to one picture; `hold` is released when it has ended.

        A thread cannot be stopped from outside, so one that is late works on, and keeps its hold,
        until it asks whether to go on; the caller is told at once.
        """
        deadline = time.monotonic() + self.limits.seconds

        def go_on() -> None:
            if time.monotonic() > deadline:
                raise _too_slow()

        running = self._decoders.submit(_without_frames, work, go_on)
        waiting = asyncio.wrap_future(running)

        def ended(done: asyncio.Future[_T]) -> None:
            hold.release()
            if not running.cancelled() and isinstance(running.exception(), BridgeError):
                done.exception()  # looked at, so that nobody warns of a late refusal

        waiting.add_done_callback(ended)
        done, _ = await asyncio.wait((waiting,), timeout=self.limits.seconds)
        if done:
            return waiting.result()
        if running.cancel():
            raise NotChecked(Reason.BUSY, "Too many pictures at once.", _RETRY_AFTER)
        raise _too_slow()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Decoding and hashing with `held` bytes of the budget, at full size only where `full`."""

    content: Content
    body: bytes
    most_frames: int
    held: int
    full: bool = False

    def run(self, go_on: Callable[[], None]) -> Signals | _Attempt:
        """The signals, or the attempt to make instead once it has its bytes; run in a thread.

        Nothing large outlives it: whoever waits for the next hold keeps no opened picture.
        """
        with Picture(self.body, self.content.media_type, self.most_frames) as picture:
            scale = 1 if self.full else picture.scale
            if picture.cost(scale) > self.held:
                return replace(self, held=picture.cost(scale))
            try:
                return self._signals(picture, scale, go_on)
            except NeedsFullSize:
                return replace(self, held=picture.cost(1), full=True)

    def _signals(self, picture: Picture, scale: int, go_on: Callable[[], None]) -> Signals:
        first = picture.first(scale)
        views = list(look(first, picture.orientation))
        for number, frame in picture.later(go_on):
            pdq, quality = digest(frame)
            if pdq != views[0].pdq:
                views.append(View(ViewName(ViewKind.FRAME, number), pdq, quality))
        return replace(
            self.content.exact_signals(),
            width=first.width,
            height=first.height,
            frames=picture.frames,
            views=tuple(views),
        )


@dataclass(frozen=True, slots=True)
class _Needs:
    nbytes: int


@dataclass(frozen=True, slots=True)
class _Use(Generic[_T]):
    """Opening a picture for somebody with `held` bytes of the budget."""

    content: Content
    body: bytes
    most_frames: int
    held: int
    use: Callable[[Picture], _T]

    def run(self, go_on: Callable[[], None]) -> _T | _Needs:
        """What `use` made of it, or what it needs first; run in a thread."""
        with Picture(self.body, self.content.media_type, self.most_frames) as picture:
            go_on()
            needs = picture.cost(picture.scale)
            return self.use(picture) if needs <= self.held else _Needs(needs)


def _without_frames(work: Callable[[Callable[[], None]], _T], go_on: Callable[[], None]) -> _T:
    """`work(go_on)`; an error it raises keeps no local variable alive, for those hold pictures."""
    try:
        return work(go_on)
    except BaseException as error:
        link: BaseException | None = error
        while link is not None:
            traceback.clear_frames(link.__traceback__)
            link = link.__cause__ or link.__context__
        raise


def _too_slow() -> NotChecked:
    return NotChecked(Reason.TOO_SLOW, "It took too long to decode.", _RETRY_AFTER)


def _fault_of_type(media_type: str) -> str:
    if media_type.startswith("video/"):
        return ""
    if media_type.startswith("image/"):
        return f"{media_type} is not decoded here"
    return "not a picture or video we know"
