"""What the pipeline knows of matching: a question, and who answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bridge.catalogue import Bank
from bridge.signals import UPRIGHT, Signal, Signals, SignalType, View
from bridge.verdicts import Comparison


@dataclass(frozen=True, slots=True)
class Query:
    """Exact signals and views of one upload, or a single hash.

    `wanted` is a caller's own PDQ threshold (a distance): it narrows a bank's, never widens it.
    Without `listed` only own and test banks are asked, whose values are no secret. `self_test` asks the
    bank of the self-test alone, which nobody else is compared with. `picture` are the bytes of a picture that
    is here now, for a matcher that hashes in its own way, too; they belong to the upload: none keeps them.
    """

    exact: tuple[Signal, ...]
    views: tuple[View, ...]
    wanted: int | None = None
    listed: bool = True
    self_test: bool = False
    picture: bytes | None = field(default=None, repr=False)

    @classmethod
    def of_upload(
        cls,
        signals: Signals,
        wanted: int | None = None,
        *,
        self_test: bool = False,
        picture: bytes | None = None,
    ) -> Query:
        """Without the picture where it was too much for us, and for the self-test, which is of our hashes."""
        sent = None if signals.unread or self_test else picture
        return cls(signals.exact, signals.views, wanted, self_test=self_test, picture=sent)

    def asks(self, bank: Bank) -> bool:
        """Whether a bank's entries are compared."""
        may = self.listed or not bank.category.is_listed
        return may and bank.is_self_test == self.self_test

    @classmethod
    def of_hash(cls, signal: Signal, wanted: int | None, *, listed: bool) -> Query:
        """A hash alone has a quality nobody knows; it is taken to be good."""
        if signal.type is not SignalType.PDQ:
            return cls((signal,), (), wanted, listed)
        return cls((), (View(UPRIGHT, signal.value, 100),), wanted, listed)


class Matcher(Protocol):
    @property
    def is_whole(self) -> bool:
        """Whether it could answer for every bank now: what waits for that need wait no longer."""
        ...

    async def match(self, query: Query) -> Comparison:
        """The matches in all banks asked, cancelled ones not yet marked.

        Where it cannot answer for every bank and view, the comparison says why in `unchecked`.
        """
        ...
