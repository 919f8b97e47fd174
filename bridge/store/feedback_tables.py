"""The table of what the owners of lists are told: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Feedbacks(SQLModel, table=True):
    action_id: int = Field(primary_key=True)
    exchange_id: int
    key: str
    entry_id: int
    opinion: str


feedbacks = core(Feedbacks)
