"""The tables of messages, of asked actions and of callbacks: see `bridge/store/tables.py`."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from bridge.store.tables import core


class Messages(SQLModel, table=True):
    action_id: int = Field(primary_key=True)
    receiver: str
    kind: str
    text: str


class AskedActions(SQLModel, table=True):
    __tablename__ = "asked_actions"
    id: str = Field(primary_key=True)
    actor: str
    key: str
    digest: bytes
    type: str
    at: int
    done: int
    case_id: str
    batch: str
    first_action: int
    last_action: int


class CallbacksSeen(SQLModel, table=True):
    __tablename__ = "callbacks_seen"
    signature: bytes = Field(primary_key=True)
    at: int


messages = core(Messages)
asked_actions = core(AskedActions)
