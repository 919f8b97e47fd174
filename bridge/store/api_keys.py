"""API keys in the store: only their digests, so that a copy of the file opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, insert, text

from bridge.errors import Conflict, NotFound
from bridge.records import ApiKeyRecord
from bridge.store import tables
from bridge.uploads import now_ms

PREFIX = "hma_"


def new_key() -> str:
    """A key of 256 random bits; a plain digest of it is enough, since it cannot be guessed."""
    return PREFIX + secrets.token_urlsafe(32)


def insert_key(connection: Connection, name: str, key: str, scopes: Sequence[str]) -> None:
    """Raises Conflict where the name is taken, revoked ones included: a name means one caller for ever."""
    if connection.scalar(text("SELECT 1 FROM api_keys WHERE name = :name"), {"name": name}):
        raise Conflict(f"An API key named {name} exists already.", "Choose another name.")
    connection.execute(
        insert(tables.api_keys),
        {
            "name": name,
            "digest": _digest(key),
            "scopes": json.dumps(list(scopes)),
            "created_at": now_ms(),
            "revoked_at": None,
        },
    )


def find_key(connection: Connection, key: str) -> ApiKeyRecord | None:
    """The record of a valid key, None for a wrong or revoked one."""
    digest = _digest(key)
    row = connection.execute(
        text("SELECT * FROM api_keys WHERE digest = :digest AND revoked_at IS NULL"), {"digest": digest}
    ).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    return ApiKeyRecord(row.name, tuple(json.loads(row.scopes)), row.created_at, row.revoked_at)


def is_in_force(connection: Connection, name: str) -> bool:
    return bool(
        connection.scalar(
            text("SELECT 1 FROM api_keys WHERE name = :name AND revoked_at IS NULL"), {"name": name}
        )
    )


def all_keys(connection: Connection) -> list[ApiKeyRecord]:
    rows = connection.execute(text("SELECT * FROM api_keys ORDER BY created_at"))
    return [
        ApiKeyRecord(row.name, tuple(json.loads(row.scopes)), row.created_at, row.revoked_at) for row in rows
    ]


def revoke_key(connection: Connection, name: str) -> None:
    """Raises NotFound where there is no such key in force."""
    revoked = connection.execute(
        text("UPDATE api_keys SET revoked_at = :now WHERE name = :name AND revoked_at IS NULL"),
        {"now": now_ms(), "name": name},
    ).rowcount
    if not revoked:
        raise NotFound(
            f"There is no API key named {name[:64]!r} in force.", "`hma-console apikey list` shows them."
        )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
