"""The tables of lists that are kept up to date: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Exchanges(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    kind: str
    bank_id: int
    settings: str
    created_at: int


class ExchangeStates(SQLModel, table=True):
    __tablename__ = "exchange_states"
    exchange_id: int = Field(primary_key=True)
    checkpoint: str
    listing: int
    withdrawing: int
    entries: int
    unread: int
    changes_read: int
    tried_at: int | None
    succeeded_at: int | None
    due_at: int
    failures: int
    fault: str
    remedy: str


class ExchangeEntries(SQLModel, table=True):
    __tablename__ = "exchange_entries"
    exchange_id: int = Field(primary_key=True)
    key: str = Field(primary_key=True)
    entry_id: int = Field(primary_key=True)
    label: str
    listing: int


exchanges = core(Exchanges)
