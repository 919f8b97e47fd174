"""What every command works with: the bridge, the talk, and what was told last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bridge.errors import InputError
from hma_console.acting import ActionRow
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail
from hma_console.client import BridgeClient
from hma_console.plain.news import Follows, News
from hma_console.plain.talk import Talk
from hma_console.plain.undoing import UndoClock
from hma_console.status import Undo
from hma_console.words import safe, short_ids


@dataclass
class Desk:
    """`place` is the screen one is at: a key may mean another thing at each.

    `cases` and `actions` are those told last, in their order; `case` the one that is open, `chosen` the
    numbers selected at the place. `undo` is the newest decision that can be taken back.
    """

    client: BridgeClient
    talk: Talk
    clock: Callable[[], int]
    news: News
    undo_clock: UndoClock
    place: str = "home"
    cases: tuple[CaseRow, ...] = ()
    case: CaseDetail | None = None
    actions: tuple[ActionRow, ...] = ()
    chosen: tuple[int, ...] = ()
    undo: Undo | None = None
    only: dict[str, str] = field(default_factory=dict)

    def go(self, place: str) -> None:
        if place != self.place:
            self.chosen = ()
        if place != "case":
            self.case = None
        self.news.follows = Follows.MATTERS if place == "feed" else Follows.NOTHING
        self.place = place

    def cycle(self, among: Sequence[str]) -> str:
        """What the list at this place shows from now on."""
        now = self.only.get(self.place, among[0])
        self.only[self.place] = among[(among.index(now) + 1) % len(among)]
        return self.only[self.place]

    def shows(self, default: str) -> str:
        return self.only.get(self.place, default)

    def short_id(self, case_id: str) -> str:
        return safe(short_ids([case_id, *(row.id for row in self.cases)])[case_id])

    @property
    def prompt(self) -> str:
        return f"case {self.short_id(self.case.row.id)}>" if self.case else f"{self.place}>"


def numbers_of(text: str, most: int, what: str) -> tuple[int, ...]:
    """Numbers of what was told, from 1 on: `1 3`, `1, 3`, `all` or `*`. Raises InputError."""
    if text.strip() in ("all", "*"):
        return tuple(range(1, most + 1))
    words = text.replace(",", " ").split()
    for word in words:
        if not (word.isascii() and word.isdigit() and 1 <= int(word) <= most):
            there = f"{what} 1 to {most} are there" if most else f"no {what} is there"
            raise InputError(f"{word[:20]!r} is no {what}.", f"{there}.")
    return tuple(dict.fromkeys(int(word) for word in words))


def number_of(text: str, most: int, what: str) -> int:
    """One number. Raises InputError."""
    numbers = numbers_of(text, most, what)
    if len(numbers) != 1:
        raise InputError(f"One {what} is needed.", f"name its number, 1 to {most}.")
    return numbers[0]


Run = Callable[[Desk, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """`names` are the whole words of it, `keys` the letters; both with what follows them go to `run`.

    `places` are where it works, everywhere where none is named.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    words: str
    run: Run
    places: tuple[str, ...] = ()

    def at(self, place: str) -> bool:
        return not self.places or place in self.places


def later(names: tuple[str, ...], keys: tuple[str, ...], what: str, places: tuple[str, ...] = ()) -> Command:
    """One that this version does not have: it says so."""

    async def run(desk: Desk, typed: str) -> None:
        desk.talk.say(f"{what} comes with a later version.")

    return Command(names, keys, f"{what}, with a later version", run, places)
