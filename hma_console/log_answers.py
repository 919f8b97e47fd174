"""The compliance log as the bridge tells of it: entries, checks and exports as values, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry. `who` is a name where it was not erased; `at` is milliseconds since 1970."""

    index: int
    at: int
    type: str
    who: str
    what: str
    case_id: str
    hash: str

    @classmethod
    def parse(cls, body: Body) -> LogRow:
        return cls(
            index=body.number("index"),
            at=body.number("at"),
            type=body.text("type"),
            who=body.text("who"),
            what=body.text("what"),
            case_id=body.text("case"),
            hash=body.text("hash"),
        )


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, newest first, and the index below which the next ones are; None at the end."""

    rows: tuple[LogRow, ...]
    following: int | None

    @classmethod
    def parse(cls, body: Body) -> LogPage:
        return cls(body.many("entries", LogRow.parse), body.maybe("next"))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole log found; each list is of sentences."""

    entries: int
    whole: bool
    problems: tuple[str, ...]
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]
    took_ms: int

    @classmethod
    def parse(cls, body: Body) -> Checked:
        return cls(
            entries=body.number("entries"),
            whole=body.flag("whole"),
            problems=body.texts("problems"),
            proven=body.texts("proven"),
            not_proven=body.texts("not_proven"),
            took_ms=body.number("took_ms"),
        )


@dataclass(frozen=True, slots=True)
class Exported:
    path: str
    fingerprint: str
    entries: int

    @classmethod
    def parse(cls, body: Body) -> Exported:
        return cls(body.text("path"), body.text("fingerprint"), body.number("entries"))


@dataclass(frozen=True, slots=True)
class LogJob:
    """A check or an export under way or ended: `done` of `total` within `step`."""

    id: str
    kind: str
    what: str
    state: str
    step: str
    done: int
    total: int
    error: str
    checked: Checked | None
    exported: Exported | None

    @classmethod
    def parse(cls, body: Body) -> LogJob:
        error = ""
        if body.has("error"):
            told = body.one("error")
            error = f"{told.text('message')} {told.text('hint')}".strip()
        return cls(
            id=body.text("id"),
            kind=body.text("kind"),
            what=body.text("what"),
            state=body.text("state"),
            step=body.text("step"),
            done=body.number("done"),
            total=body.number("total"),
            error=error,
            checked=Checked.parse(body.one("check")) if body.has("check") else None,
            exported=Exported.parse(body.one("export")) if body.has("export") else None,
        )

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
