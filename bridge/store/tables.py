"""The schema's mirror as SQLModel tables; a test compares them with the migrations.

The tables `log_*` are not here: the compliance log writes and reads them as plain SQL.

Statements use the Core tables named at the end; rows leave this package as domain values.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlmodel import Field, SQLModel


class Events(SQLModel, table=True):
    seq: int | None = Field(default=None, primary_key=True)
    at: int
    type: str
    subject: str
    idx: int


class Banks(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
    category: str
    role: str
    on_match: str
    mode: str
    threshold: int
    description: str
    takes_poor_quality: int
    created_at: int
    updated_at: int
    origin: str


class Entries(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    bank_id: int
    content_id: int | None
    signal_type: str
    value: bytes
    quality: int | None
    against: int | None
    metadata_: str | None = Field(default=None, sa_column_kwargs={"name": "metadata"})
    added_at: int


class EntryCounts(SQLModel, table=True):
    __tablename__ = "entry_counts"
    bank_id: int = Field(primary_key=True)
    signal_type: str = Field(primary_key=True)
    n: int


class SignalsSeen(SQLModel, table=True):
    __tablename__ = "signals"
    sha256: bytes = Field(primary_key=True)
    sha1: bytes
    md5: bytes
    size: int
    media_type: str
    width: int
    height: int
    frames: int
    views: bytes
    fault: str
    unread: int


class Uploads(SQLModel, table=True):
    seq: int | None = Field(default=None, primary_key=True)
    id: str
    received_at: int
    source: str
    sender: str
    did: str
    claimed_author: str
    cid: str
    uri: str
    photo_id: str
    metadata_: str = Field(sa_column_kwargs={"name": "metadata"})
    wanted: int | None
    sha256: bytes
    verdict: str
    reason: str
    action: str
    banks: str
    took_ms: int


class UploadCounts(SQLModel, table=True):
    __tablename__ = "upload_counts"
    day: int = Field(primary_key=True)
    verdict: str = Field(primary_key=True)
    n: int


class Retries(SQLModel, table=True):
    upload_id: str = Field(primary_key=True)
    attempts: int
    retry_at: int | None
    refetch: int


class Matches(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    upload_id: str
    bank_id: int
    bank: str
    category: str
    role: str
    entry_id: int
    content_id: int
    signal_type: str
    distance: int
    quality: int | None
    view: int
    likeness: str
    cancelled_by: str
    matched_at: int


class Cases(SQLModel, table=True):
    id: str = Field(primary_key=True)
    state: str
    category: str
    gathers: str
    opened_at: int
    updated_at: int
    later_until: int = 0
    escalated_at: int = 0
    decided_at: int = 0
    appealed_at: int = 0


class CaseUploads(SQLModel, table=True):
    __tablename__ = "case_uploads"
    case_id: str = Field(primary_key=True)
    upload_id: str = Field(primary_key=True)


class Actions(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    idempotency_key: str
    type: str
    state: str
    automatic: int
    case_id: str
    upload_id: str
    content_id: int
    did: str
    cid: str
    why: str
    planned_at: int
    uri: str
    wait_until: int
    decision: str
    ended_by: str
    ended_at: int | None


class Attempts(SQLModel, table=True):
    action_id: int = Field(primary_key=True)
    attempts: int
    due_at: int
    why: str
    remedy: str


class ApiKeys(SQLModel, table=True):
    __tablename__ = "api_keys"
    name: str = Field(primary_key=True)
    digest: bytes
    scopes: str
    created_at: int
    revoked_at: int | None


class WantedBlobs(SQLModel, table=True):
    __tablename__ = "wanted_blobs"
    did: str = Field(primary_key=True)
    cid: str = Field(primary_key=True)
    uri: str
    source: str
    found_at: int
    attempts: int
    due_at: int


class VaultFiles(SQLModel, table=True):
    __tablename__ = "vault_files"
    sha256: bytes = Field(primary_key=True)
    name: str
    key: bytes
    size: int
    kept_at: int


class Evidence(SQLModel, table=True):
    __tablename__ = "evidence"
    case_id: str = Field(primary_key=True)
    upload_id: str = Field(primary_key=True)
    kept_at: int
    sha256: bytes | None
    why: str
    context: bytes | None
    destroy_at: int | None
    destroyed_at: int | None


class Addresses(SQLModel, table=True):
    __tablename__ = "addresses"
    upload_id: str = Field(primary_key=True)
    at: int
    sealed: bytes


class BlobRecords(SQLModel, table=True):
    __tablename__ = "blob_records"
    did: str = Field(primary_key=True)
    cid: str = Field(primary_key=True)
    uri: str = Field(primary_key=True)


class ReposDue(SQLModel, table=True):
    __tablename__ = "repos_due"
    did: str = Field(primary_key=True)
    cursor: str
    due_at: int


class Positions(SQLModel, table=True):
    name: str = Field(primary_key=True)
    value: str


class Holds(SQLModel, table=True):
    case_id: str = Field(primary_key=True)
    until: int
    basis: str
    set_at: int


class Erasures(SQLModel, table=True):
    case_id: str = Field(primary_key=True)
    asked_at: int
    basis: str


class Reports(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    ref: str
    case_id: str
    reporter: str
    subject: str
    reason_type: str
    reason: str
    reported_at: int
    erase_basis: str


class Pause(SQLModel, table=True):
    one: int | None = Field(default=None, primary_key=True)
    since: int
    actor: str
    reason: str


class Policies(SQLModel, table=True):
    version: int | None = Field(default=None, primary_key=True)
    at: int
    actor: str
    digest: bytes
    text: str
    before: str


def core(model: type[SQLModel]) -> Table:
    return cast("Table", model.__dict__["__table__"])


events = core(Events)
banks = core(Banks)
entries = core(Entries)
signals = core(SignalsSeen)
uploads = core(Uploads)
retries = core(Retries)
matches = core(Matches)
cases = core(Cases)
case_uploads = core(CaseUploads)
actions = core(Actions)
api_keys = core(ApiKeys)
reports = core(Reports)
policies = core(Policies)
