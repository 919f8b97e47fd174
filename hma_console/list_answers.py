"""Lists of others over the bridge's API: whose there are, how each is; connecting, reading, disconnecting.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from bridge.catalogue import ListKind, ListState
from hma_console.answers import Body
from hma_console.wire import Wire


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list that is connected. `changes_read` is of the sync that runs, or ran last."""

    name: str
    kind: ListKind
    bank: str
    state: ListState
    entries: int
    unread: int
    changes_read: int
    succeeded_at: int | None
    due_at: int
    fault: str
    remedy: str

    @classmethod
    def parse(cls, body: Body) -> ListRow:
        return cls(
            name=body.text("name"),
            kind=body.word("kind", ListKind),
            bank=body.text("bank"),
            state=body.word("state", ListState),
            entries=body.number("entries"),
            unread=body.number("unread"),
            changes_read=body.number("changes_read"),
            succeeded_at=body.maybe("succeeded_at"),
            due_at=body.number("due_at"),
            fault=body.text("fault"),
            remedy=body.text("remedy"),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A setting of a list: what it takes, in words; `usual` is None where it must be given. No form asks for
    one that `is_rare`.
    """

    name: str
    takes: str
    usual: str | None
    is_rare: bool

    @classmethod
    def parse(cls, body: Body) -> Asked:
        usual = body.text("usual") if body.has("usual") else None
        return cls(body.text("name"), body.text("takes"), usual, body.flag("is_rare"))


@dataclass(frozen=True, slots=True)
class Shield:
    """Who is asked for each upload. `answered_at` is None before the first answer, `fault` why there is none
    now.
    """

    answered_at: int | None
    fault: str
    remedy: str

    @classmethod
    def parse(cls, body: Body) -> Shield:
        return cls(body.maybe("answered_at"), body.text("fault"), body.text("remedy"))


@dataclass(frozen=True, slots=True)
class Programme:
    """Somebody who shares a list, and what is here of it: `lists` are those that are connected.

    `kind` is None where no list of it can be read here, `secret` empty where none is needed. `shield` is
    there where it is asked for each upload.
    """

    name: str
    title: str
    holds: str
    who: str
    send: str
    takes: str
    kind: ListKind | None
    secret: str
    secret_is_set: bool
    lists: tuple[str, ...]
    settings: tuple[Asked, ...]
    asks_category: bool
    shield: Shield | None

    @classmethod
    def parse(cls, body: Body) -> Programme:
        return cls(
            name=body.text("name"),
            title=body.text("title"),
            holds=body.text("holds"),
            who=body.text("who"),
            send=body.text("send"),
            takes=body.text("takes"),
            kind=body.word("kind", ListKind) if body.has("kind") else None,
            secret=body.text("secret") if body.has("secret") else "",
            secret_is_set=body.flag("secret_is_set"),
            lists=body.texts("lists"),
            settings=body.many("settings", Asked.parse),
            asks_category=body.flag("asks_category"),
            shield=Shield.parse(body.one("shield")) if body.has("shield") else None,
        )

    @property
    def lacks_secret(self) -> bool:
        return bool(self.secret) and not self.secret_is_set


@dataclass(frozen=True, slots=True)
class Lists:
    """Those that are connected, and every programme."""

    rows: tuple[ListRow, ...] = ()
    programmes: tuple[Programme, ...] = ()

    @classmethod
    def parse(cls, body: Body) -> Lists:
        return cls(body.many("exchanges", ListRow.parse), body.many("programmes", Programme.parse))


@dataclass(frozen=True, slots=True)
class NewList:
    """A list to be connected: into `bank`, else into one made with its name; `category` where it is asked."""

    name: str
    kind: ListKind
    settings: Mapping[str, str]
    bank: str = ""
    category: str = ""


class ListsClient:
    """The lists of one bridge, through `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def all(self) -> Lists:
        return Lists.parse(Body(await self._wire.ask("GET", "/exchanges")))

    async def connect(self, new: NewList) -> ListRow:
        """It is read at once, and kept up to date from now on."""
        body = {"name": new.name, "kind": new.kind.value, "settings": dict(new.settings)}
        more = {name: value for name, value in (("bank", new.bank), ("category", new.category)) if value}
        return ListRow.parse(Body(await self._wire.ask("POST", "/exchanges", body={**body, **more})))

    async def sync(self, name: str) -> ListRow:
        """Begins to read it now."""
        return ListRow.parse(Body(await self._wire.ask("POST", f"{_list(name)}/sync")))

    async def disconnect(self, name: str) -> None:
        """What only it had leaves its bank, which stays."""
        await self._wire.ask("DELETE", _list(name))


def _list(name: str) -> str:
    return f"/exchanges/{quote(name, safe='')}"
