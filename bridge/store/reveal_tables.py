"""The table of reveals: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Reveals(SQLModel, table=True):
    id: str = Field(primary_key=True)
    case_id: str
    upload_id: str
    actor: str
    began_at: int
    ends_by: int
    step: int
    colour: int
    whole: int
    viewed: int
    ended_at: int | None
    shown_ms: int | None


reveals = core(Reveals)
