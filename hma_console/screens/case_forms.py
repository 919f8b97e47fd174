"""The forms of the Queue: what is asked before a case is opened by hand."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.catalogue import Category
from bridge.errors import InputError
from hma_console.screens.dialogs import Field, Form


@dataclass(frozen=True, slots=True)
class Named:
    """What a mail or a call named, what it is said to be, and whether it is taken down."""

    subject: str
    category: Category
    takes_down: bool


def by_hand() -> Form[Named]:
    return Form(
        "Open a case by hand",
        (
            Field("Address of the post or picture, at:// URI, DID, handle or CID"),
            Field("Category: " + ", ".join(Category), Category.OWN.value),
            Field("Take it down: yes or no", "yes"),
        ),
        _named,
    )


def _named(typed: list[str]) -> Named:
    subject, category, takes_down = (text.strip() for text in typed)
    if not subject:
        raise InputError("Nothing is named.", "Paste the address.")
    try:
        kind = Category(category.replace(" ", "_").lower())
    except ValueError:
        raise InputError("That category is unknown.") from None
    if takes_down.lower() not in ("yes", "no"):
        raise InputError("Answer yes or no.")
    return Named(subject, kind, takes_down.lower() == "yes")
