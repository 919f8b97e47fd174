"""What whoever brings an upload asks for, and the action that follows from it and the matches. Values."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.catalogue import Category
from bridge.policy import Consequence
from bridge.uploads import Upload


@dataclass(frozen=True, slots=True)
class Order:
    """`hold`: what opens a case is taken down until somebody decided it. `refused`: it never got in, and
    nobody knows whose it was; it is written down, and no more.

    `opens`: it opens a case of this category whatever it matches, for `actor` said so; `takes_down`: and
    is taken down.
    """

    hold: bool = False
    refused: bool = False
    opens: Category | None = None
    takes_down: bool = False
    actor: str = "bridge"


NOTHING = Order()


@dataclass(frozen=True, slots=True)
class Planned:
    """An action to plan: under the case of `category`, or under the most severe one.

    The caps count what is `automatic`, by the `content_id` of the entry that it is for.
    """

    type: str
    why: str = ""
    category: Category | None = None
    content_id: int = 0
    automatic: bool = False


PRESERVATION = Planned("preserve")


def planned(consequence: Consequence, upload: Upload, order: Order) -> Planned | None:
    """The takedown, hold or answer that an upload ends with, or none.

    For the upload of an app the caller's answer BLOCK is the whole effect.
    """
    if takedown := consequence.takedown:
        type_ = "takedown" if upload.is_on_pds else "block"
        match = takedown.match
        return Planned(type_, takedown.why, match.bank.category, match.content_id, automatic=True)
    if order.takes_down and upload.is_on_pds:
        return Planned("takedown", "named by hand", order.opens)
    return Planned("hold", "held at the gate") if order.hold and consequence.may_hold else None
