"""The console's side of reveals: what it asks the bridge, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from hma_console.answers import BadAnswer, Body, UploadRow
from hma_console.wire import Wire

CHILD_SAFETY_WORD = "reveal"
LONGEST_MS = 15_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many pictures you may still look at; `pause` is none, offered or needed."""

    left: int
    a_day: int
    pause: str
    pause_until: int
    child_safety: str

    @classmethod
    def parse(cls, body: Body) -> Allowance:
        return cls(
            body.number("left"),
            body.number("a_day"),
            body.text("pause"),
            body.number("pause_until"),
            body.text("child_safety"),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be looked at: a file of a case, and the words of its title."""

    case_id: str
    upload: UploadRow
    title: str
    is_child_safety: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """`step` 1 blurred to 4 clear, within so many pixels; `reveal` goes on with one that is shown."""

    case_id: str
    upload_id: str
    step: int
    width: int
    height: int
    colour: bool = False
    reveal: str = ""
    word: str = ""
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A PNG and the reveal it belongs to; `left_ms` is for how long it may stay."""

    png: bytes
    reveal: str
    whole: bool
    left_ms: int


class RevealClient:
    """Raises Unreachable, Refused and BadAnswer, as `BridgeClient` does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def allowance(self) -> Allowance:
        return Allowance.parse(Body(await self._wire.ask("GET", "/reveals")))

    async def show(self, wanted: Wanted) -> Shown:
        body = {
            "upload": wanted.upload_id,
            "step": wanted.step,
            "width": wanted.width,
            "height": wanted.height,
            "colour": wanted.colour,
            "reveal": wanted.reveal,
            "word": wanted.word,
            "go_on": wanted.goes_on,
        }
        answer = await self._wire.fetch("POST", f"/cases/{quote(wanted.case_id, safe='')}/reveal", body)
        reveal, left = answer.headers.get("x-reveal", ""), answer.headers.get("x-reveal-left-ms", "")
        if not reveal or not left.isdecimal():
            raise BadAnswer("The bridge's answer does not say which reveal it is.")
        is_whole = answer.headers.get("x-reveal-whole") == "yes"
        return Shown(answer.content, reveal, is_whole, min(int(left), LONGEST_MS))

    async def end(self, reveal: str, shown_ms: int) -> None:
        await self._wire.ask("POST", f"/reveals/{quote(reveal, safe='')}/end", body={"shown_ms": shown_ms})
