"""The bridge's status, as `GET /api/v1/status` gives it: a value, parsed strictly."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.decisions import Choice
from hma_console.answers import Body
from hma_console.matcher_status import MatcherStatus
from hma_console.pds_status import PdsStatus
from hma_console.watch_status import Rematch, SelfTest


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a list that could not be read, counted from 1, and why."""

    line: int
    why: str

    @classmethod
    def parse(cls, body: Body) -> BadLine:
        return cls(body.number("line"), body.text("why"))


@dataclass(frozen=True, slots=True)
class Job:
    """An import under way; `bytes_total` is None where its length is not known."""

    id: str
    bank: str
    actor: str
    started_at: int
    bytes_read: int
    bytes_total: int | None
    lines: int
    added: int
    already: int
    bad_count: int
    bad: tuple[BadLine, ...]

    @classmethod
    def parse(cls, body: Body) -> Job:
        return cls(
            id=body.text("id"),
            bank=body.text("bank"),
            actor=body.text("actor"),
            started_at=body.number("started_at"),
            bytes_read=body.number("bytes_read"),
            bytes_total=body.maybe("bytes_total"),
            lines=body.number("lines"),
            added=body.number("added"),
            already=body.number("already"),
            bad_count=body.number("bad_count"),
            bad=body.many("bad", BadLine.parse),
        )

    @property
    def share(self) -> float | None:
        """How much was read, from 0 to 1; None where the whole is not known."""
        return min(1.0, self.bytes_read / self.bytes_total) if self.bytes_total else None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to."""

    bank: str
    lines: int
    added: int
    already: int
    bad_count: int
    bad: tuple[BadLine, ...]

    @classmethod
    def parse(cls, body: Body) -> Imported:
        return cls(
            bank=body.text("bank"),
            lines=body.number("lines"),
            added=body.number("added"),
            already=body.number("already"),
            bad_count=body.number("bad_count"),
            bad=body.many("bad", BadLine.parse),
        )


@dataclass(frozen=True, slots=True)
class Uploads:
    total: int
    matched: int
    no_match: int
    not_checked: int
    unhashable: int
    last_at: int | None
    not_checked_oldest_at: int | None
    not_checked_final: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Undo:
    """The newest decision whose undo window is open, made `at` and open `until`, milliseconds."""

    batch: str
    choice: Choice
    cases: tuple[str, ...]
    files: int
    actor: str
    at: int
    until: int

    @classmethod
    def parse(cls, body: Body) -> Undo:
        return cls(
            batch=body.text("batch"),
            choice=body.word("choice", Choice),
            cases=body.texts("cases"),
            files=body.number("files"),
            actor=body.text("actor"),
            at=body.number("at"),
            until=body.number("until"),
        )


@dataclass(frozen=True, slots=True)
class Cases:
    """`later` of the open ones are put off."""

    open: int
    later: int
    oldest_opened_at: int | None
    last_decided_at: int | None
    last_opened_at: int | None

    @property
    def waiting(self) -> int:
        return self.open - self.later


@dataclass(frozen=True, slots=True)
class Banks:
    count: int
    block_lists: int
    entries: int
    oldest_update_at: int | None


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How many entries it has, how many are signed; `keys` is missing, locked, signing or open."""

    entries: int
    signed: int
    trouble: bool
    keys: str
    outside_at: int | None
    outside_fault: bool
    stamp_fault: bool

    @classmethod
    def parse(cls, body: Body) -> LogStatus:
        return cls(
            entries=body.number("entries"),
            signed=body.number("signed"),
            trouble=body.flag("trouble"),
            keys=body.text("keys"),
            outside_at=body.maybe("outside_at"),
            outside_fault=body.flag("outside_fault"),
            stamp_fault=body.flag("stamp_fault"),
        )

    @property
    def unsigned(self) -> int:
        return max(0, self.entries - self.signed)


@dataclass(frozen=True, slots=True)
class Paused:
    """Since when nothing is done by itself, and who said so."""

    since: int
    by: str

    @classmethod
    def parse(cls, body: Body) -> Paused:
        by = body.text("by")
        return cls(body.number("since"), by.partition(":")[2] or by)


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """An alarm that is raised; `told_at` is when the operator's webhook was told."""

    kind: str
    level: str
    subject: str
    words: str
    do: str
    place: str
    count: int
    told_at: int | None

    @classmethod
    def parse(cls, body: Body) -> AlarmShown:
        return cls(
            kind=body.text("kind"),
            level=body.text("level"),
            subject=body.text("subject"),
            words=body.text("words"),
            do=body.text("do"),
            place=body.text("place"),
            count=body.number("count"),
            told_at=body.maybe("told_at"),
        )


@dataclass(frozen=True, slots=True)
class Status:
    """`seq` is the store's sequence at the moment of the answer; times are milliseconds."""

    version: str
    state: str
    started_at: int
    seq: int
    uploads: Uploads
    match_days: tuple[int, ...]
    cases: Cases
    banks: Banks
    index_state: str
    matcher: MatcherStatus
    actions_planned: int
    actions_failed: int
    disk_used_percent: float
    memory_bytes: int
    log: LogStatus
    pds: PdsStatus | None
    country: str
    """The operator's, two letters; empty where none is set."""
    undo: Undo | None
    paused: Paused | None
    rematch: Rematch | None
    self_test: SelfTest | None
    """None before the first one."""
    alarms: tuple[AlarmShown, ...]
    jobs: tuple[Job, ...]

    @classmethod
    def parse(cls, body: Body) -> Status:
        uploads, cases, banks = body.one("uploads"), body.one("cases"), body.one("banks")
        actions, machine = body.one("actions"), body.one("machine")
        return cls(
            version=body.text("version"),
            state=body.text("state"),
            started_at=body.number("started_at"),
            seq=body.number("seq"),
            uploads=Uploads(
                total=uploads.number("total"),
                matched=uploads.number("matched"),
                no_match=uploads.number("no_match"),
                not_checked=uploads.number("not_checked"),
                unhashable=uploads.number("unhashable"),
                last_at=uploads.maybe("last_at"),
                not_checked_oldest_at=uploads.maybe("not_checked_oldest_at"),
                not_checked_final=uploads.number("not_checked_final"),
                days=uploads.numbers("days"),
            ),
            match_days=body.one("matches").numbers("days"),
            cases=Cases(
                open=cases.number("open"),
                later=cases.number("later"),
                oldest_opened_at=cases.maybe("oldest_opened_at"),
                last_decided_at=cases.maybe("last_decided_at"),
                last_opened_at=cases.maybe("last_opened_at"),
            ),
            banks=Banks(
                count=banks.number("count"),
                block_lists=banks.number("block_lists"),
                entries=banks.number("entries"),
                oldest_update_at=banks.maybe("oldest_update_at"),
            ),
            index_state=body.one("index").text("state"),
            matcher=MatcherStatus.parse(body.one("matcher")),
            actions_planned=actions.number("planned"),
            actions_failed=actions.number("failed"),
            disk_used_percent=machine.share("disk_used_percent"),
            memory_bytes=machine.number("memory_bytes"),
            log=LogStatus.parse(body.one("log")),
            pds=PdsStatus.parse(body.one("pds")) if body.has("pds") else None,
            country=body.one("evidence").text("country"),
            undo=Undo.parse(body.one("undo")) if body.has("undo") else None,
            paused=Paused.parse(body.one("paused")) if body.has("paused") else None,
            rematch=Rematch.parse(body.one("rematch")) if body.has("rematch") else None,
            self_test=SelfTest.parse(body.one("self_test")) if body.has("self_test") else None,
            alarms=body.many("alarms", AlarmShown.parse),
            jobs=body.many("jobs", Job.parse),
        )
