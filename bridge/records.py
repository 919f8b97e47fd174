"""Records: uploads, cases and banks as the store gives them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.catalogue import Bank, Category, Role
from bridge.signals import OtherType, SignalType, ViewName
from bridge.uploads import Source
from bridge.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class MatchRecord:
    bank: str
    category: Category
    role: Role
    entry_id: int
    content_id: int
    signal_type: SignalType | OtherType
    distance: int
    quality: int | None
    view: ViewName
    likeness: str
    cancelled_by: str
    retroactive: bool = False
    """Whether it was found later, when the list grew."""


@dataclass(frozen=True, slots=True)
class UploadRecord:
    """`reason` says in words why it was not checked or could not be hashed.

    `retry_at` is set while it waits to be checked again, `needs_you` where no retry can help.
    """

    seq: int
    id: str
    received_at: int
    source: Source
    sender: str
    did: str
    claimed_author: str
    cid: str
    uri: str
    photo_id: str
    verdict: Verdict
    reason: str
    action: str
    banks: tuple[str, ...]
    took_ms: int
    media_type: str
    size: int
    width: int
    height: int
    quality: int | None
    case_id: str
    retry_at: int | None
    needs_you: bool
    matches: tuple[MatchRecord, ...]


class CaseState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"


class Listed(StrEnum):
    """Which cases are listed: open ones wait, unless they are put off for later."""

    WAITING = "waiting"
    LATER = "later"
    OPEN = "open"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DecidedAs:
    """The newest decision on a case that stands: its batch, by which it is undone, and who chose what."""

    batch: str
    choice: str
    actor: str


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """What waits for a person: the matches of one account under one category, and what others report of it.

    `reporters` counts the accounts that did; `report_reason` names the newest reason, as atproto does.
    """

    id: str
    state: CaseState
    category: Category
    opened_at: int
    updated_at: int
    did: str
    claimed_author: str
    sender: str
    banks: tuple[str, ...]
    file_count: int
    closest: MatchRecord | None
    action: str
    taken_down: int
    """Takedowns and holds of it that stand."""
    to_take_down: int
    """Those that are under way."""
    reporters: int
    report_reason: str
    later_until: int
    escalated_at: int
    decided_at: int
    appealed_at: int
    """Milliseconds, 0 where it is not put off, not escalated, not decided, and where nobody appealed."""
    decided: DecidedAs | None


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """What one account of the PDS reported; `subject` is a repoRef or a strongRef. Empty where erased.

    `id` is its number among all reports, `ref` its name in the log.
    """

    id: int
    ref: str
    case_id: str
    reporter: str
    subject: Mapping[str, str]
    reason_type: str
    reason: str
    reported_at: int


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """What a case keeps of an upload. `sha256` names the bytes in the vault, None where there are none, and
    `why`; `context` is sealed: the record, account and address as they were.

    `destroy_at` is None until the case was decided.
    """

    case_id: str
    upload_id: str
    kept_at: int
    sha256: bytes | None
    why: str
    context: bytes | None
    destroy_at: int | None
    destroyed_at: int | None


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """An action of a case: on a blob, a record or an account (`named` by CID, URI or DID), its state, and
    why it waits. Erased ones name nothing.
    """

    type: str
    state: str
    subject: str
    named: str
    planned_at: int
    why: str


@dataclass(frozen=True, slots=True)
class Try:
    """What one try of an action said, and what helps, where that is known."""

    at: int
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action with all that an operator sees of it. `subject` is blob, record, account, or empty; `named`
    its CID, URI or the app's id.

    It is not begun before `wait_until`; `decision` is the batch that planned it, empty where it happened
    by itself; `due_at` is when it is tried again, `trouble` what the last try said, `remedy` what helps.

    `decided_by` and `decided_at` (0 where nobody did) are of that decision, `ground` its reason in words.
    What tells somebody has a `message` of some kind for a `receiver`: operator, or the API key of an app.
    """

    id: int
    type: str
    state: str
    automatic: bool
    case_id: str
    upload_id: str
    subject: str
    did: str
    named: str
    reason: str
    planned_at: int
    ended_at: int | None
    wait_until: int
    decision: str
    attempts: int
    due_at: int | None
    trouble: str
    remedy: str
    decided_by: str
    decided_at: int
    ground: str
    message: str
    receiver: str
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True)
class BankRecord:
    """A bank with its counts; `signals` counts its entries by type."""

    bank: Bank
    signals: Mapping[SignalType, int]
    hit_count: int
    created_at: int
    updated_at: int

    @property
    def entry_count(self) -> int:
        return sum(self.signals.values())


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    name: str
    scopes: tuple[str, ...]
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What the store holds, counted; days are the last 14, oldest first."""

    uploads: Mapping[Verdict, int] = field(default_factory=dict)
    last_upload_at: int | None = None
    waiting_unchecked: int = 0
    unchecked_for_good: int = 0
    oldest_unchecked_at: int | None = None
    upload_days: tuple[int, ...] = ()
    match_days: tuple[int, ...] = ()
    open_cases: int = 0
    """Those that wait, and those put off for later."""
    later_cases: int = 0
    oldest_case_at: int | None = None
    last_case_at: int | None = None
    last_decided_at: int | None = None
    banks: int = 0
    block_lists: int = 0
    entries: int = 0
    own_entries: int = 0
    """Of own and test banks."""
    oldest_bank_update_at: int | None = None
    actions_planned: int = 0
    actions_failed: int = 0
