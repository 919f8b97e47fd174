"""A decision: what a person chose for a case or some of its files. Values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.uploads import new_id


class Choice(StrEnum):
    """`takedown_record` and `takedown_account` take the pictures down too."""

    TAKEDOWN = "takedown"
    TAKEDOWN_RECORD = "takedown_record"
    TAKEDOWN_ACCOUNT = "takedown_account"
    RELEASE = "release"
    REMEMBER = "remember"
    ESCALATE = "escalate"
    LATER = "later"

    @property
    def takes_down(self) -> bool:
        return self in (Choice.TAKEDOWN, Choice.TAKEDOWN_RECORD, Choice.TAKEDOWN_ACCOUNT)

    @property
    def lets_go(self) -> bool:
        return self in (Choice.RELEASE, Choice.REMEMBER)

    @property
    def decides(self) -> bool:
        """Whether the files it is about wait no longer."""
        return self.takes_down or self.lets_go

    @property
    def done(self) -> str:
        """What was done, in words."""
        return {
            "takedown": "picture taken down",
            "takedown_record": "post taken down",
            "takedown_account": "account taken down",
            "release": "released",
            "remember": "released for good",
            "escalate": "escalated",
            "later": "put off",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case to decide, by the beginning of its id; of its files only `uploads`, all that wait where none
    are named.
    """

    case: str
    uploads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One choice for one case or for several, which one undo takes back.

    `key` is the caller's own name for it: the same again is the same decision.
    """

    cases: Sequence[Wanted]
    choice: Choice
    reason: str
    note: str = ""
    key: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: `batch` names it for its undo, open until `undo_until`, milliseconds.

    `cases` are the full ids; `files` those it is about. `kept_down` stay taken down, for another case
    says so; `left` are cases with files that wait still.
    """

    batch: str
    choice: Choice
    cases: tuple[str, ...]
    files: int
    undo_until: int
    kept_down: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undone:
    """`told` counts effects that had left already and cannot be taken back."""

    batch: str
    cases: tuple[str, ...]
    told: int


@dataclass(frozen=True, slots=True)
class Appealed:
    """The cases that wait for another decision; `opened` where there was none of the upload before."""

    cases: tuple[str, ...]
    opened: bool = False


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as the store has it; `uploads` those it is about. `undone_at` is None while it stands.

    `superseded_at` is when an appeal let its files wait again; what it did stands.
    """

    batch: str
    case_id: str
    at: int
    actor: str
    choice: Choice
    reason: str
    note: str
    undo_until: int
    undone_at: int | None
    undone_by: str
    superseded_at: int | None
    uploads: tuple[str, ...]

    @property
    def stands(self) -> bool:
        return self.undone_at is None and self.superseded_at is None
