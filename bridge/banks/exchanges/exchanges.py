"""Lists of others as the operator connects and removes them, each change with its event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bridge.banks.banks import bank_created
from bridge.banks.exchanges.exchange import Kind
from bridge.banks.exchanges.syncing import Secrets, Syncs
from bridge.catalogue import Bank, Category, ListKind, Role
from bridge.errors import Conflict, InputError, NotFound
from bridge.events import Event, EventType
from bridge.store import exchanges as stored
from bridge.store.banks import find_bank, insert_bank
from bridge.store.exchanges import StoredExchange
from bridge.store.policies import in_force
from bridge.store.store import Store

if TYPE_CHECKING:
    import httpx

MOST = 32
_NAME = re.compile(r"[^\W_][\w .+-]{0,62}")


class Exchanges:
    def __init__(self, store: Store, syncs: Syncs) -> None:
        self._store = store
        self.syncs = syncs

    @classmethod
    def over(cls, store: Store, secrets: Secrets, allowed: Iterable[str]) -> Exchanges:
        """All kinds of lists, read from public addresses and from hosts `allowed` by name."""

        def client() -> httpx.AsyncClient:
            from bridge.banks.exchanges.client import new_client

            return new_client(allowed)

        return cls(store, Syncs(store, secrets, client))

    async def connect(
        self,
        name: str,
        kind: ListKind,
        settings: Mapping[str, str],
        actor: str,
        bank: str = "",
        category: Category | None = None,
    ) -> StoredExchange:
        """Connects a list; its first sync begins at once. Into `bank`, else into one made with its name.

        Raises InputError, Conflict, NotFound, BadBank.
        """
        known = self.syncs.kinds.get(kind)
        if known is None:
            raise InputError(f"Lists of the kind {kind.value} cannot be read by this version.")
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:64]!r} cannot be a list's name.",
                "Use 1 to 63 letters, digits, spaces, and . _ + - after the first.",
            )
        whole = _checked(known, settings)
        fixed = known.category(whole) if known.category else None
        if fixed and category and fixed is not category:
            raise InputError(f"This list is of the category {fixed.words}.", "Leave the category out.")

        def change(connection: Connection) -> tuple[StoredExchange, list[Event]]:
            if len(stored.all_exchanges(connection)) >= MOST:
                raise Conflict(f"{MOST} lists are connected already.", "Remove one first.")
            filled, events = _bank(
                connection, bank or name, fixed or category, known, actor, named=bool(bank)
            )
            id_ = stored.insert_exchange(connection, name, kind.value, filled.id, whole)
            facts: dict[str, str | int] = {"list": id_, "kind": kind.value, "bank": filled.id}
            events.append(Event(EventType.LIST_CONNECTED, name, actor, facts, {"name": name}))
            return stored.find_exchange(connection, name), events

        made, _ = await self._store.write(change, lambda done: done[1])
        self.syncs.look()
        return made

    async def remove(self, name: str, actor: str) -> StoredExchange:
        """Nothing of it is read from the commit on; what only it had leaves the bank after that, in slices.

        Raises NotFound.
        """
        removed = await self._store.write(
            lambda connection: stored.delete_exchange(connection, name),
            lambda gone: [
                Event(
                    EventType.LIST_REMOVED,
                    gone.name,
                    actor,
                    {"list": gone.id, "bank": gone.bank_id},
                    {"name": gone.name},
                )
            ],
        )
        self.syncs.forget(removed.id)
        return removed


def _checked(kind: Kind, settings: Mapping[str, str]) -> dict[str, str]:
    """All settings of the kind, the usual ones for those not given. Raises InputError."""
    if unknown := [name for name in settings if name not in kind.settings]:
        names = ", ".join(kind.settings) or "none"
        raise InputError(f"A {kind.name} list has no setting {unknown[0][:40]!r}.", f"It has: {names}.")
    whole = {}
    for name, setting in kind.settings.items():
        value = settings.get(name, setting.usual)
        if value is None:
            raise InputError(f"The setting {name} is missing.", f"It takes {setting.hint}.")
        if not setting.fits(value):
            raise InputError(f"{name} takes {setting.hint}, not {value[:60]!r}.")
        whole[name] = value
    return whole


def _bank(
    connection: Connection, name: str, category: Category | None, kind: Kind, actor: str, *, named: bool
) -> tuple[Bank, list[Event]]:
    """The bank that a list fills, made where there is none of that name."""
    try:
        found = find_bank(connection, name)
    except NotFound:
        category = category or Category.OWN
        usual = in_force(connection).making[category]
        wanted = Bank(
            name,
            category,
            on_match=usual.on_match,
            mode=usual.mode,
            threshold=usual.threshold,
            description=f"Made for a list of {kind.title}.",
        )
        made = insert_bank(connection, wanted.check())
        return made, [bank_created(made, actor)]
    if not named:
        raise Conflict(f"A bank named {found.name} exists already.", f"Add --bank {found.name!r} to fill it.")
    if found.is_memory or found.is_elsewhere or found.role is not Role.BLOCK:
        raise Conflict(f"No list fills the bank {found.name}.", "Choose a block bank of your own.")
    if category is not None and found.category is not category:
        raise Conflict(
            f"{found.name} is of the category {found.category.words}, the list of {category.words}.",
            "Choose another bank, or none: then one is made.",
        )
    return found, []
