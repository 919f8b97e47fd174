"""The table of what was put into an HMA: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class HmaContents(SQLModel, table=True):
    __tablename__ = "hma_contents"
    id: int | None = Field(default=None, primary_key=True)
    batch: str
    bank_id: int
    signal_type: str
    value: bytes
    after: int
    content_id: int | None


hma_contents = core(HmaContents)
