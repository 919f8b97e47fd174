"""What every programme that shares lists has in common: its list is read page by page, in order.

An exchange asks one owner for one list. It keeps nothing: where it stands is the checkpoint, an
opaque text that it made and that is stored in the same transaction as the page it came with. So a
kill at any moment costs at most one page, asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bridge.catalogue import Category, ListKind
from bridge.errors import ExchangeError as ExchangeError  # what an exchange raises
from bridge.keys.secrets import SecretName
from bridge.signals import Signal

if TYPE_CHECKING:  # a quarter of a second to import, and most hosts have no list of a programme
    import httpx


@dataclass(frozen=True, slots=True)
class Put:
    """The owner's list has this; it replaces what `key` had before.

    `key` is the owner's own id of it, stable over updates; `label` the owner's classification, of a
    closed set such as "A1". The values never appear in a log, an answer or an error.
    """

    key: str
    signals: tuple[Signal, ...] = field(repr=False)
    label: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """The owner withdrew it."""

    key: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes of a list, in the owner's order.

    Asking with `checkpoint` goes on behind this page; `last`: nothing follows now. `unread` counts
    entries of kinds that cannot be compared here (PhotoDNA, PDQ of videos). `complete` marks the last
    page of a full listing: what was not named since that began is withdrawn. `begun_again`: its owner refused
    the place that it had named itself, so this is asked for from further back.
    """

    changes: tuple[Put | Drop, ...] = field(repr=False)
    checkpoint: str
    last: bool
    unread: int = 0
    complete: bool = False
    begun_again: bool = False


class Exchange(Protocol):
    async def page(self, checkpoint: str) -> Page:
        """The page behind `checkpoint`; '' begins a full listing. Raises ExchangeError."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a kind of exchange: what it takes, also in words; without `usual` it must be given.

    Of one that `is_rare` the usual value does for nearly everybody: no form asks for it.
    """

    fits: Callable[[str], bool]
    hint: str
    usual: str | None = None
    is_rare: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of exchange. `make` gets the settings (all of them, checked), the HTTP client and the secret.

    The client has its limits and its time-outs; the secret is '' where `secret` is None. `category`
    says by the settings which category the bank must have; it is None where the operator chooses it.
    `interval` is in seconds.
    """

    name: ListKind
    title: str
    secret: SecretName | None
    settings: Mapping[str, Setting]
    category: Callable[[Mapping[str, str]], Category] | None
    interval: int
    make: Callable[[Mapping[str, str], httpx.AsyncClient, str], Exchange]

    @property
    def asks_category(self) -> bool:
        return self.category is None
