"""What the bridge answers, as values: parsed strictly from the JSON that `docs/api.md` describes.

A field that is missing or of another type is a `BadAnswer`: better no number than a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bridge.catalogue import FROM_ARACHNID, FROM_HMA, Category, Mode, OnMatch, Role
from bridge.decisions import Choice
from bridge.errors import BridgeError
from bridge.signals import SignalType
from bridge.verdicts import Verdict

_T = TypeVar("_T")


class BadAnswer(BridgeError):
    hint = "Console and bridge are of different versions: restart the older one."


class Body:
    """A JSON object whose fields are read by name and type. Raises BadAnswer."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, Mapping):
            raise BadAnswer(f"The bridge answered {type(value).__name__} where an object was expected.")
        self._fields: Mapping[str, object] = value

    def _read(self, name: str, kind: type[_T]) -> _T:
        value = self._fields.get(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadAnswer(f"The bridge's answer has no {name!r} as {kind.__name__}.")
        return value

    def text(self, name: str) -> str:
        return self._read(name, str)

    def number(self, name: str) -> int:
        return self._read(name, int)

    def flag(self, name: str) -> bool:
        return self._read(name, bool)

    def maybe(self, name: str) -> int | None:
        return None if self._fields.get(name) is None else self._read(name, int)

    def share(self, name: str) -> float:
        value = self._fields.get(name)
        return float(value) if isinstance(value, float) else float(self.number(name))

    def one(self, name: str) -> Body:
        return Body(self._fields.get(name))

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def many(self, name: str, parse: Callable[[Body], _T]) -> tuple[_T, ...]:
        return tuple(parse(Body(each)) for each in self._read(name, list))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(str(each) for each in self._read(name, list))

    def numbers(self, name: str) -> tuple[int, ...]:
        return tuple(int(each) for each in self._read(name, list))

    def word(self, name: str, words: Callable[[str], _T]) -> _T:
        """A value of an enum. Raises BadAnswer for a word this console does not know."""
        text = self.text(name)
        try:
            return words(text)
        except ValueError:
            raise BadAnswer(f"The bridge answered {name} {text!r}, which is unknown here.") from None


@dataclass(frozen=True, slots=True)
class Hit:
    """One match: a bank's entry near an upload, or near the closest upload of a case."""

    bank: str
    hash_type: str
    distance: int
    likeness: str
    quality: int | None
    view: str
    category: str = ""
    cancelled_by: str = ""
    entry: int = 0
    """The bank's number for it, 0 where it was not told."""
    content: int = 0
    """The bank's number for the picture whose entries it is one of, 0 where it was not told."""
    retroactive: bool = False
    """Whether it was found later, when the list grew."""

    @classmethod
    def parse(cls, body: Body) -> Hit:
        return cls(
            bank=body.text("bank"),
            hash_type=body.text("hash_type"),
            distance=body.number("distance"),
            likeness=body.text("likeness"),
            quality=body.maybe("quality"),
            view=body.text("view"),
            category=body.text("category") if body.has("category") else "",
            cancelled_by=body.text("cancelled_by") if body.has("cancelled_by") else "",
            entry=body.maybe("entry_id") or 0,
            content=body.maybe("content_id") or 0,
            retroactive=body.has("retroactive") and body.flag("retroactive"),
        )


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload and its verdict; `did` is proven, `claimed_author` only said by an app.

    `retry_at` is set while it waits to be checked again, `needs_you` where no retry helps.
    """

    seq: int
    id: str
    received_at: int
    source: str
    sender: str
    did: str
    claimed_author: str
    cid: str
    verdict: Verdict
    reason: str
    media_type: str
    size: int | None
    width: int | None
    height: int | None
    quality: int | None
    banks: tuple[str, ...]
    took_ms: float | None
    case_id: str
    retry_at: int | None
    needs_you: bool
    matches: tuple[Hit, ...]

    @classmethod
    def parse(cls, body: Body) -> UploadRow:
        return cls(
            seq=body.number("seq"),
            id=body.text("id"),
            received_at=body.number("received_at"),
            source=body.text("source"),
            sender=body.text("sender"),
            did=body.text("did"),
            claimed_author=body.text("claimed_author"),
            cid=body.text("cid"),
            verdict=body.word("verdict", Verdict),
            reason=body.text("reason"),
            media_type=body.text("media_type"),
            size=body.maybe("size"),
            width=body.maybe("width"),
            height=body.maybe("height"),
            quality=body.maybe("quality"),
            banks=body.texts("banks"),
            took_ms=body.share("took_ms") if body.has("took_ms") else None,
            case_id=body.text("case_id") if body.has("case_id") else "",
            retry_at=body.maybe("retry_at"),
            needs_you=body.flag("needs_you"),
            matches=body.many("matches", Hit.parse),
        )


@dataclass(frozen=True, slots=True)
class DecidedAs:
    """The newest decision on a case that stands."""

    batch: str
    choice: Choice
    actor: str

    @classmethod
    def parse(cls, body: Body) -> DecidedAs:
        return cls(body.text("batch"), body.word("choice", Choice), body.text("actor"))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What waits for a person; `files` are given only where one case was asked for."""

    id: str
    state: str
    opened_at: int
    updated_at: int
    category: Category
    did: str
    claimed_author: str
    sender: str
    banks: tuple[str, ...]
    file_count: int
    closest: Hit | None
    action: str
    taken_down: int
    to_take_down: int
    reporters: int
    report_reason: str
    later_until: int
    escalated_at: int
    decided_at: int
    decided: DecidedAs | None
    appealed_at: int
    """When somebody asked for another decision, 0 where nobody did."""
    files: tuple[UploadRow, ...] = ()

    @classmethod
    def parse(cls, body: Body) -> CaseRow:
        return cls(
            id=body.text("id"),
            state=body.text("state"),
            opened_at=body.number("opened_at"),
            updated_at=body.number("updated_at"),
            category=body.word("category", Category),
            did=body.text("did"),
            claimed_author=body.text("claimed_author"),
            sender=body.text("sender"),
            banks=body.texts("banks"),
            file_count=body.number("file_count"),
            closest=Hit.parse(body.one("closest")) if body.has("closest") else None,
            action=body.text("action"),
            taken_down=body.number("taken_down"),
            to_take_down=body.number("to_take_down"),
            reporters=body.number("reporters"),
            report_reason=body.text("report_reason"),
            later_until=body.number("later_until"),
            escalated_at=body.number("escalated_at"),
            decided_at=body.number("decided_at"),
            decided=DecidedAs.parse(body.one("decided")) if body.has("decided") else None,
            appealed_at=body.number("appealed_at"),
            files=body.many("files", UploadRow.parse) if body.has("files") else (),
        )


@dataclass(frozen=True, slots=True)
class BankRow:
    name: str
    description: str
    category: Category
    role: Role
    threshold: int
    on_match: OnMatch
    mode: Mode
    origin: str
    share: float | None
    entry_count: int
    signals: tuple[tuple[str, int], ...]
    hit_count: int
    created_at: int
    updated_at: int

    @property
    def is_of_hma(self) -> bool:
        """Whether its entries are in HMA, which tells no number of them."""
        return self.origin == FROM_HMA

    @property
    def is_of_arachnid(self) -> bool:
        """Whether it stands for what Arachnid Shield finds, which keeps its list."""
        return self.origin == FROM_ARACHNID

    @property
    def place(self) -> str:
        """Where its entries are, in a word or two, and whether they match there; empty for those here."""
        if self.is_of_arachnid:
            return "elsewhere"
        if not self.is_of_hma:
            return ""
        if self.share == 0:
            return "HMA, off"
        return f"HMA, {self.share * 100:.3g} %" if self.share is not None and self.share < 1 else "in HMA"

    @classmethod
    def parse(cls, body: Body) -> BankRow:
        signals = body.one("signals") if body.has("signals") else None
        return cls(
            name=body.text("name"),
            description=body.text("description"),
            category=body.word("category", Category),
            role=body.word("role", Role),
            threshold=body.number("threshold"),
            on_match=body.word("on_match", OnMatch),
            mode=body.word("mode", Mode),
            origin=body.text("origin"),
            share=body.share("share") if body.has("share") else None,
            entry_count=body.maybe("entry_count") or 0,
            signals=tuple((kind.value, (signals and signals.maybe(kind.value)) or 0) for kind in SignalType),
            hit_count=body.number("hit_count"),
            created_at=body.number("created_at"),
            updated_at=body.number("updated_at"),
        )
