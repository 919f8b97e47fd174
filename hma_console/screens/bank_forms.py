"""The forms of the Banks screen: what is asked before a bank is made, filled, written or removed."""

from __future__ import annotations

from pathlib import Path

from bridge.catalogue import Bank, Category, Role
from bridge.errors import BadBank, InputError
from bridge.signals import Signal
from hma_console.bank_files import named
from hma_console.screens.dialogs import Choice, Field, Form
from hma_console.typed_hash import typed_hash


class NotTyped(InputError):
    """The word that was asked for was not typed."""


def what_to_add(bank: str) -> Choice:
    """Asks what to add; without a bank only a new one can be made."""
    into = [
        ("import", f"a list file into {bank}: text, CSV or JSON"),
        ("picture", f"a picture file into {bank}"),
        ("hash", f"one hash into {bank}"),
    ]
    return Choice("Import or add", [*(into if bank else []), ("bank", "a new bank")])


def new_bank() -> Form[Bank]:
    return Form(
        "A new bank",
        (
            Field("Name"),
            Field("Category: " + ", ".join(Category), Category.OWN.value),
            Field("Role: block, or allow for pictures that shall pass", Role.BLOCK.value),
            Field("Description", hint="may be empty"),
        ),
        _bank,
    )


def _bank(typed: list[str]) -> Bank:
    name, category, role, description = (text.strip() for text in typed)
    try:
        kind, part = Category(category.replace(" ", "_").lower()), Role(role.lower())
    except ValueError:
        raise BadBank("That category or role is unknown.") from None
    return Bank(
        name=name, category=kind, role=part, threshold=kind.default_threshold, description=description
    ).check()


def one_hash(bank: str) -> Form[Signal]:
    label = "Hash, hexadecimal: pdq, sha1 or md5; a SHA-256 as sha256:…"
    return Form(f"A hash into {bank}", (Field(label),), lambda typed: typed_hash(typed[0]))


def a_file(title: str, initial: str = "") -> Form[Path]:
    return Form(title, (Field("Path", initial),), lambda typed: named(typed[0]))


def typed_word(title: str, word: str) -> Form[str]:
    """Asks for a word to be typed, so that no slip of a key does what cannot be undone."""

    def parse(typed: list[str]) -> str:
        if typed[0].strip() != word:
            raise NotTyped(f"Type {word} to go on.")
        return word

    return Form(title, (Field(f"Type {word}"),), parse)
