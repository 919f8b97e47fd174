"""What the bridge answers about one case and its decisions, as values; `hma_console/answers.py` parses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.decisions import Choice
from hma_console.answers import Body, CaseRow, UploadRow


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    words: str

    @classmethod
    def parse(cls, body: Body) -> Reason:
        return cls(body.text("code"), body.text("words"))


@dataclass(frozen=True, slots=True)
class Note:
    at: int
    actor: str
    text: str
    is_appeal: bool

    @classmethod
    def parse(cls, body: Body) -> Note:
        return cls(body.number("at"), body.text("actor"), body.text("text"), body.flag("is_appeal"))


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another case of the account; `choice` is empty where it is open."""

    id: str
    category: str
    opened_at: int
    choice: str

    @classmethod
    def parse(cls, body: Body) -> Earlier:
        return cls(body.text("id"), body.text("category"), body.number("opened_at"), body.text("choice"))


@dataclass(frozen=True, slots=True)
class Facts:
    """See `bridge.store.case_facts.CaseFacts`; `waiting` are the ids of files that nobody decided."""

    wrong: int
    decided: int
    alike: int
    others: int
    uploads: int
    first_at: int | None
    posts: tuple[str, ...]
    waiting: tuple[str, ...]
    notes: tuple[Note, ...]
    earlier: tuple[Earlier, ...]

    @classmethod
    def parse(cls, body: Body) -> Facts:
        return cls(
            wrong=body.number("wrong"),
            decided=body.number("decided"),
            alike=body.number("alike"),
            others=body.number("others"),
            uploads=body.number("uploads"),
            first_at=body.maybe("first_at"),
            posts=body.texts("posts"),
            waiting=body.texts("waiting"),
            notes=body.many("notes", Note.parse),
            earlier=body.many("earlier", Earlier.parse),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """One that was made on the case; `undone_at` is None while it stands."""

    batch: str
    at: int
    actor: str
    choice: Choice
    reason: str
    note: str
    undone_at: int | None
    uploads: tuple[str, ...]

    @classmethod
    def parse(cls, body: Body) -> Decision:
        return cls(
            batch=body.text("batch"),
            at=body.number("at"),
            actor=body.text("actor"),
            choice=body.word("choice", Choice),
            reason=body.text("reason"),
            note=body.text("note"),
            undone_at=body.maybe("undone_at"),
            uploads=body.texts("uploads"),
        )


@dataclass(frozen=True, slots=True)
class CaseAction:
    """What was done or is to be done at the PDS."""

    type: str
    state: str
    subject: str
    named: str
    planned_at: int
    why: str

    @classmethod
    def parse(cls, body: Body) -> CaseAction:
        return cls(
            type=body.text("type"),
            state=body.text("state"),
            subject=body.text("subject"),
            named=body.text("named"),
            planned_at=body.number("planned_at"),
            why=body.text("why"),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one upload as evidence."""

    has_bytes: bool
    why: str
    destroy_at: int | None
    destroyed_at: int | None

    @classmethod
    def parse(cls, body: Body) -> Kept:
        return cls(
            has_bytes=body.flag("has_bytes"),
            why=body.text("why"),
            destroy_at=body.maybe("destroy_at"),
            destroyed_at=body.maybe("destroyed_at"),
        )


@dataclass(frozen=True, slots=True)
class Report:
    reported_at: int
    reporter: str
    reason_type: str
    reason: str

    @classmethod
    def parse(cls, body: Body) -> Report:
        return cls(
            reported_at=body.number("reported_at"),
            reporter=body.text("reporter"),
            reason_type=body.text("reason_type"),
            reason=body.text("reason"),
        )


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case with all that is told of it; `handle` is what its account is called, where that is known."""

    row: CaseRow
    facts: Facts
    reasons: Mapping[Choice, tuple[Reason, ...]]
    decisions: tuple[Decision, ...]
    actions: tuple[CaseAction, ...]
    evidence: tuple[Kept, ...]
    reports: tuple[Report, ...]
    handle: str = ""

    @classmethod
    def parse(cls, body: Body) -> CaseDetail:
        reasons = body.one("reasons")
        return cls(
            row=CaseRow.parse(body),
            facts=Facts.parse(body.one("facts")),
            reasons={one: reasons.many(one.value, Reason.parse) for one in Choice},
            decisions=body.many("decisions", Decision.parse),
            actions=body.many("actions", CaseAction.parse),
            evidence=body.many("evidence", Kept.parse),
            reports=body.many("reports", Report.parse),
            handle=body.text("handle"),
        )

    @property
    def waiting(self) -> tuple[UploadRow, ...]:
        """The files that nobody decided."""
        return tuple(file for file in self.row.files if file.id in self.facts.waiting)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases of a list, and how many it has in all."""

    cases: tuple[CaseRow, ...]
    total: int

    @classmethod
    def parse(cls, body: Body) -> CasePage:
        return cls(body.many("cases", CaseRow.parse), body.number("total"))


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to; `until` is the end of its undo window."""

    batch: str
    choice: Choice
    cases: tuple[str, ...]
    files: int
    until: int
    kept_down: int
    left: tuple[str, ...]

    @classmethod
    def parse(cls, body: Body) -> Decided:
        return cls(
            batch=body.text("batch"),
            choice=body.word("choice", Choice),
            cases=body.texts("cases"),
            files=body.number("files"),
            until=body.number("undo_until"),
            kept_down=body.number("kept_down"),
            left=body.texts("left"),
        )


@dataclass(frozen=True, slots=True)
class Undone:
    """`told` counts effects that had left already."""

    batch: str
    cases: tuple[str, ...]
    told: int

    @classmethod
    def parse(cls, body: Body) -> Undone:
        return cls(body.text("batch"), body.texts("cases"), body.number("told"))


@dataclass(frozen=True, slots=True)
class Other:
    """Another account's upload of the very same bytes, else of a copy of the same listed picture."""

    did: str
    received_at: int
    case_id: str
    is_same: bool

    @classmethod
    def parse(cls, body: Body) -> Other:
        return cls(body.text("did"), body.number("received_at"), body.text("case_id"), body.flag("is_same"))
