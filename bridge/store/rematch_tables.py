"""The tables of what happens when a list grows: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Rematch(SQLModel, table=True):
    one: int | None = Field(default=None, primary_key=True)
    through: int
    target: int
    done: int
    last: int
    entries: int
    found: int
    began_at: int
    ended_at: int


class LateUploads(SQLModel, table=True):
    __tablename__ = "late_uploads"
    upload_id: str = Field(primary_key=True)


rematch = core(Rematch)
late_uploads = core(LateUploads)
