"""The tables of decisions, and of what the tries of actions said: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Decisions(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    ref: str
    batch: str
    key: str
    case_id: str
    at: int
    actor: str
    choice: str
    reason: str
    note: str
    undo_until: int
    undone_at: int | None
    undone_by: str
    superseded_at: int | None


class DecisionUploads(SQLModel, table=True):
    __tablename__ = "decision_uploads"
    decision_id: int = Field(primary_key=True)
    upload_id: str = Field(primary_key=True)


class DecisionEntries(SQLModel, table=True):
    __tablename__ = "decision_entries"
    decision_id: int = Field(primary_key=True)
    entry_id: int = Field(primary_key=True)


class CaseNotes(SQLModel, table=True):
    __tablename__ = "case_notes"
    id: int | None = Field(default=None, primary_key=True)
    case_id: str
    at: int
    actor: str
    text: str
    is_appeal: int = 0


class Tries(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    action_id: int
    at: int
    what: str
    remedy: str


decisions = core(Decisions)
decision_uploads = core(DecisionUploads)
decision_entries = core(DecisionEntries)
