"""How an upload ended: its verdict, what it stands on, and whether there is more to find out. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from bridge import policy
from bridge.errors import NotChecked
from bridge.signals import Signals
from bridge.uploads import Upload
from bridge.verdicts import Match, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an upload ended. `unchecked` has the reason where it is not_checked.

    `answer`, `takedown` and `case_id` say what followed, once it was recorded.
    """

    upload: Upload
    signals: Signals
    verdict: Verdict
    matches: tuple[Match, ...]
    banks: tuple[str, ...]
    unchecked: NotChecked | None
    answer: policy.Answer = policy.Answer.NONE
    takedown: policy.Takedown | None = None
    case_id: str = ""
    through: int | None = None
    """The newest of our own entries it was compared with, None where that is not known."""

    @property
    def reason(self) -> str:
        """Why it was not checked or could not be hashed, in words."""
        if self.verdict is Verdict.NOT_CHECKED and self.unchecked:
            return self.unchecked.message
        return self.signals.fault if self.verdict is Verdict.UNHASHABLE else ""

    @property
    def is_incomplete(self) -> bool:
        """Whether it is to be compared again: also one that matched before all could be compared."""
        if self.unchecked is None or self.is_gone:
            return False
        return self.verdict is Verdict.NOT_CHECKED or self.can_retry or self.needs_bytes

    @property
    def was_here(self) -> bool:
        """Whether anybody saw its bytes; else only its CID is known."""
        return bool(self.signals.media_type)

    @property
    def is_gone(self) -> bool:
        """Whether the PDS has it no more: nobody can see it, and nothing waits."""
        return self.unchecked is not None and self.unchecked.reason == Reason.GONE

    @property
    def can_retry(self) -> bool:
        """Whether comparing the stored signals again could bring more than this time did."""
        return self.was_here and not self.needs_bytes and (not self.signals.unread or not self.banks)

    @property
    def needs_bytes(self) -> bool:
        """Whether the PDS is to be asked for the bytes again: they were never looked at."""
        can_help = self.unchecked is not None and self.unchecked.retry_after is not None
        return self.upload.is_on_pds and self.signals.unread and can_help
