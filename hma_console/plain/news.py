"""What came by itself, in sentences: cases, troubles, uploads, a bridge lost and found."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from bridge.errors import BridgeError
from bridge.verdicts import Verdict
from hma_console.answers import UploadRow
from hma_console.plain.upload_lines import is_news, upload_line
from hma_console.standing import Trouble, judge
from hma_console.status import Status
from hma_console.words import counted, safe

FLOOD = 10
"""Uploads without a match within one gathering above which they are counted in one line."""


class Follows(Enum):
    """Which uploads are told as they come."""

    NOTHING = "nothing"
    MATTERS = "matters"
    ALL = "all"


class News:
    """Hears a link and tells `tell` what is new. `status_came` hears every status."""

    def __init__(
        self, tell: Callable[[str], None], clock: Callable[[], int], status_came: Callable[[Status], None]
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._status_came = status_came
        self._troubles: dict[str, Trouble] | None = None
        self._waiting = 0
        self.follows = Follows.NOTHING
        self.unchecked_seen = 0
        """Uploads that no retry helps, which the operator has seen: only more are a trouble."""
        self.lost_at: int | None = None
        self.last: Status | None = None
        """The newest status that was heard."""

    def status_read(self, status: Status) -> None:
        now = self._clock()
        troubles = {one.subject: one for one in judge(status, now, self.unchecked_seen).troubles}
        if self._troubles is not None:
            for subject, trouble in troubles.items():
                known = self._troubles.get(subject)
                if known is None or known.meaning is not trouble.meaning:
                    self._tell(trouble_line(trouble))
            for subject in self._troubles.keys() - troubles.keys():
                self._tell(f"{subject}: all right again.")
            if status.cases.waiting > self._waiting:
                new = counted(status.cases.waiting - self._waiting, "new case")
                waits = "waits" if status.cases.waiting == 1 else "wait"
                self._tell(f"Queue: {new}; {status.cases.waiting:,} {waits} now.")
        self._troubles, self._waiting = troubles, status.cases.waiting
        self.last = status
        self._status_came(status)

    def link_up(self) -> None:
        if self.lost_at is not None:
            self._tell("Bridge: it answers again.")
        self.lost_at = None

    def link_lost(self, since: int, retry_in: int, fault: BridgeError) -> None:
        if self.lost_at is None:
            self._tell(f"Bridge: {safe(fault.message)} Do: wait; it is tried again by itself.")
        self.lost_at = since

    def uploads_arrived(self, uploads: tuple[UploadRow, ...]) -> None:
        if self.follows is Follows.NOTHING:
            return
        dull = sum(one.verdict is Verdict.NO_MATCH for one in uploads)
        tells_all = self.follows is Follows.ALL and dull <= FLOOD
        for upload in uploads:
            if tells_all or is_news(upload):
                self._tell(upload_line(upload))
        if self.follows is Follows.ALL and not tells_all:
            self._tell(f"Feed: {counted(dull, 'upload')} without a match.")

    def cases_changed(self) -> None:
        """Told by the status, which counts them."""

    def banks_changed(self) -> None:
        """Told by whoever changed one."""

    def policy_changed(self) -> None:
        """What holds is read when it is asked for."""

    def actions_changed(self) -> None:
        """Those that need somebody are told by the status."""

    def settings_changed(self) -> None:
        """They are read when they are asked for."""


def trouble_line(trouble: Trouble) -> str:
    """`Alarm, Log: … Do: …`"""
    return f"{trouble.meaning.name.capitalize()}, {trouble.subject}: {trouble.words} Do: {trouble.do}"
