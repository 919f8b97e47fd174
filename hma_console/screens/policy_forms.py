"""What the Policy screen asks: which other rule is to be tried."""

from __future__ import annotations

from bridge.catalogue import Category, Mode, OnMatch, Role
from bridge.rules import AtTheGate
from hma_console.policy_words import AFTER
from hma_console.screens.dialogs import Choice
from hma_console.screens.policy_lines import Try
from hma_console.words import safe

_NEVER_AUTOMATIC = (Category.NCII, Category.EXPLOITATIVE)
_MODES = {Mode.ENFORCE: "enforce", Mode.SHADOW: "shadow: matches are shown, nothing is done"}


def another(tried: Try) -> Choice:
    """All rules that the bank may have and the try has not; each is named `field=value`."""
    own = tried.rule.own
    options = []
    if own.category is not Category.CHILD_SAFETY:
        options += [(f"mode={one.value}", f"mode: {words}") for one, words in _MODES.items()]
    if own.role is Role.BLOCK:
        options += [(f"on_match={one.value}", f"after: {AFTER[one]}") for one in _after(own.category)]
        if own.category is not Category.CHILD_SAFETY:
            options += [(f"gate={one.value}", f"gate: {one.words}") for one in AtTheGate]
    now = {f"{name}={value}" for name, value in tried.values.items()}
    return Choice(f"Try for {safe(own.bank)}", [one for one in options if one[0] not in now])


def _after(category: Category) -> list[OnMatch]:
    left_out = {OnMatch.TAKEDOWN} if category in _NEVER_AUTOMATIC else set()
    if category is Category.CHILD_SAFETY:
        left_out = {OnMatch.LOG}
    return [one for one in OnMatch if one not in left_out]
