"""Lists of others over the bridge's API: how each is, and reading one now.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

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


class ListsClient:
    """The lists of one bridge, through `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def all(self) -> tuple[ListRow, ...]:
        return Body(await self._wire.ask("GET", "/exchanges")).many("exchanges", ListRow.parse)

    async def sync(self, name: str) -> ListRow:
        """Begins to read it now."""
        return ListRow.parse(Body(await self._wire.ask("POST", f"/exchanges/{quote(name, safe='')}/sync")))
