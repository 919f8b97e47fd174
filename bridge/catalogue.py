"""Banks: named sets of signals with a role, a category and a policy. Values only, no I/O.

Defaults and their reasons are those of `docs/defaults.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import BadBank, BadThreshold
from bridge.reserved import SELF_TEST

LARGEST_THRESHOLD = 31
"""PDQ distances above this are chance, not likeness; no bank matches beyond it."""


class Category(StrEnum):
    CHILD_SAFETY = "child_safety"
    EXPLOITATIVE = "exploitative"
    NCII = "ncii"
    TERRORISM = "terrorism"
    OWN = "own"
    TEST = "test"

    @property
    def words(self) -> str:
        return {"child_safety": "child safety", "ncii": "NCII"}.get(self.value, self.value)

    @property
    def is_listed(self) -> bool:
        """Whether its entries belong to somebody's list, whose values must not leak."""
        return self not in (Category.OWN, Category.TEST)

    @property
    def default_threshold(self) -> int:
        return {Category.NCII: 20, Category.OWN: 24}.get(self, LARGEST_THRESHOLD)


class ListKind(StrEnum):
    """Whose list it is, where one is kept up to date here."""

    NCMEC = "ncmec"
    STOPNCII = "stopncii"
    THREATEXCHANGE = "threatexchange"
    WATCHED = "watched"


class ListState(StrEnum):
    """How such a list is, in the word that screens and answers have for it."""

    NEVER = "never"
    SYNCING = "syncing"
    CURRENT = "current"
    LATE = "late"
    FAILING = "failing"


class Role(StrEnum):
    BLOCK = "block"
    ALLOW = "allow"


class OnMatch(StrEnum):
    LOG = "log"
    REVIEW = "review"
    TAKEDOWN = "takedown"


class Mode(StrEnum):
    SHADOW = "shadow"
    ENFORCE = "enforce"


FROM_HMA = "hma"
"""The origin of a bank that an HMA has."""
FROM_ARACHNID = "arachnid"
"""The origin of a bank that stands for what Arachnid Shield finds, which is asked and keeps its list."""
MEMORY = "taken down"
"""How the names of the banks begin that remember what was taken down here; nobody else names one so."""
_NAME = re.compile(r"[^\W_][\w .+-]{0,62}")
_NEVER_AUTOMATIC = (Category.NCII, Category.EXPLOITATIVE)


@dataclass(frozen=True, slots=True)
class Bank:
    """A named set of signals. `threshold` is the largest PDQ distance that matches, 0 to 31."""

    name: str
    category: Category = Category.OWN
    role: Role = Role.BLOCK
    on_match: OnMatch = OnMatch.REVIEW
    mode: Mode = Mode.ENFORCE
    threshold: int = Category.OWN.default_threshold
    description: str = ""
    takes_poor_quality: bool = False
    origin: str = ""
    """Who keeps its entries: `hma` or `arachnid`; empty where they are here."""
    id: int = 0

    @property
    def is_memory(self) -> bool:
        """Whether it holds what was taken down here: its matches are decided already."""
        return self.name.startswith(MEMORY)

    @property
    def is_elsewhere(self) -> bool:
        """Whether its entries are not here, so that nobody here can count them."""
        return bool(self.origin)

    @property
    def is_self_test(self) -> bool:
        """Whether it is there for the self-test alone: no upload is compared with it, nobody counts it."""
        return self.name == SELF_TEST and self.category is Category.TEST

    def check(self) -> Bank:
        """The bank itself, where it may be made so. Raises BadBank or BadThreshold."""
        if self.name.casefold().startswith(MEMORY):
            raise BadBank(
                f"Names that begin with {MEMORY!r} are kept for what was taken down here.", "Choose another."
            )
        if self.name.casefold() == SELF_TEST:
            raise BadBank(f"The name {SELF_TEST} is kept for the self-test.", "Choose another.")
        if not _NAME.fullmatch(self.name):
            raise BadBank(
                f"{self.name[:64]!r} cannot be a bank's name.",
                "Use 1 to 63 letters, digits, spaces, and . _ + - after the first.",
            )
        if not 0 <= self.threshold <= LARGEST_THRESHOLD:
            raise BadThreshold(f"A bank's threshold is a distance from 0 to 31, not {self.threshold}.")
        if self.role is Role.ALLOW and self.category.is_listed:
            raise BadBank("An allow bank is your own.", "Create it with the category own or test.")
        if self.role is Role.ALLOW and self.on_match is OnMatch.TAKEDOWN:
            raise BadBank("An allow bank takes nothing down.", "Leave --on-match out.")
        if self.category is Category.CHILD_SAFETY and (
            self.mode is Mode.SHADOW or self.on_match is OnMatch.LOG
        ):
            raise BadBank(
                "A child-safety bank always asks you: it has neither shadow mode nor log only.",
                "Use --mode enforce with --on-match review or takedown.",
            )
        if self.on_match is OnMatch.TAKEDOWN and self.category in _NEVER_AUTOMATIC:
            raise BadBank(
                f"A match in an {self.category.words} bank is never taken down by itself.",
                "Use --on-match review.",
            )
        return self
