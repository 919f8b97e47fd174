"""The forms of the Banks screen: what is asked before a bank is made, filled, written or removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.catalogue import FROM_HMA, Bank, Category, Role
from bridge.errors import BadBank, InputError
from bridge.signals import Signal
from hma_console.answers import BankRow
from hma_console.bank_files import named
from hma_console.screens.dialogs import Choice, Field, Form
from hma_console.typed_hash import typed_hash
from hma_console.words import safe


class NotTyped(InputError):
    """The word that was asked for was not typed."""


def what_to_add(row: BankRow | None, *, has_hma: bool = False) -> Choice:
    """Asks what to add; without a bank only a new one can be made."""
    bank, into = safe(row.name) if row else "", []
    if row is not None and not row.is_of_arachnid:
        into = [("picture", f"a picture file into {bank}"), ("hash", f"one hash into {bank}")]
        if not row.is_of_hma:
            into.insert(0, ("import", f"a list file into {bank}: text, CSV or JSON"))
    more = [("bank", "a new bank"), ("list", "a list of somebody else's, kept up to date")]
    return Choice("Import or add", [*into, *more, *_with_hma(row, bank, has_hma=has_hma)])


def _with_hma(row: BankRow | None, bank: str, *, has_hma: bool) -> list[tuple[str, str]]:
    if not has_hma:
        return []
    more = [("hma bank", "a new bank in HMA")]
    if row is not None and row.is_of_hma:
        more += [("on", f"{bank} on in HMA"), ("off", f"{bank} off in HMA")]
    elif row is not None and row.role is Role.BLOCK:
        more += [("mirror", f"all of {bank} into HMA"), ("pull", f"a bank of HMA into {bank}")]
    return more


def bank_of_hma(into: str) -> Form[str]:
    return Form(
        f"A bank of HMA into {into}", (Field("Name of HMA's bank"),), lambda typed: _named_there(typed[0])
    )


def _named_there(typed: str) -> str:
    if not typed.strip():
        raise BadBank("A name is missing.")
    return typed.strip()


def new_bank(origin: str = "") -> Form[Bank]:
    """`origin` is where it is made: empty for where the bridge makes new banks."""
    in_hma = origin == FROM_HMA
    return Form(
        "A new bank in HMA" if in_hma else "A new bank",
        (
            Field("Name", hint="capitals, digits and _" if in_hma else ""),
            Field("Category: " + ", ".join(Category), Category.OWN.value),
            Field("Role: block, or allow for pictures that shall pass", Role.BLOCK.value),
            Field("Description", hint="may be empty"),
        ),
        lambda typed: _bank(typed, origin),
    )


def _bank(typed: list[str], origin: str) -> Bank:
    name, category, role, description = (text.strip() for text in typed)
    try:
        kind, part = Category(category.replace(" ", "_").lower()), Role(role.lower())
    except ValueError:
        raise BadBank("That category or role is unknown.") from None
    return Bank(
        name=name,
        category=kind,
        role=part,
        threshold=kind.default_threshold,
        description=description,
        origin=origin,
    ).check()


def one_hash(bank: str) -> Form[Signal]:
    label = "Hash, hexadecimal: pdq, sha1 or md5; a SHA-256 as sha256:…"
    return Form(f"A hash into {bank}", (Field(label),), lambda typed: typed_hash(typed[0]))


def a_file(title: str, initial: str = "") -> Form[Path]:
    return Form(title, (Field("Path", initial),), lambda typed: named(typed[0]))


def typed_word(title: str, word: str, says: Sequence[str] = ()) -> Form[str]:
    """Asks for a word to be typed, so that no slip of a key does what cannot be undone."""

    def parse(typed: list[str]) -> str:
        if typed[0].strip() != word:
            raise NotTyped(f"Type {word} to go on.")
        return word

    return Form(title, (Field(f"Type {word}"),), parse, says)
