"""The tables of what operators set while the bridge runs, and of secrets: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Settings(SQLModel, table=True):
    name: str = Field(primary_key=True)
    value: str
    set_at: int
    actor: str


class Secrets(SQLModel, table=True):
    name: str = Field(primary_key=True)
    sealed: bytes
    set_at: int


settings = core(Settings)
