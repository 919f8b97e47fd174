"""Openings: what an entry's commitments stand for, sealed beside the log and erasable.

Each group (a case, or a day for what belongs to none) has a key pair of its own: its public half
seals, its private half is sealed to the operator's. So a locked service writes openings, and
deleting one key shreds a whole group in every copy of the file.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.commitments import commit, commit_batch, new_salt, salt_of
from bridge.errors import LogError
from bridge.keys.sealing import new_pair, seal, unseal

BATCH = "uploads"
"""The field of a `scan.batch` entry: many values under one salt and one root."""


class Unsealer(Protocol):
    def unseal(self, box: bytes, context: bytes) -> bytes: ...


class Source(Protocol):
    def opening(self, idx: int) -> tuple[str, bytes, bytes] | None: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """The salt (32 bytes) and the value behind one commitment of an entry."""

    salt: bytes
    value: JSON


@dataclass(frozen=True, slots=True)
class Committed:
    """An entry's commitments by field, and what opens them, not sealed yet."""

    commitments: Mapping[str, str]
    opening: bytes


def commit_fields(private: Mapping[str, JSON]) -> Committed:
    """A commitment a field, each under a salt of its own."""
    salts = {name: new_salt() for name in private}
    return Committed(
        {name: _b64(commit(value, salts[name])) for name, value in private.items()},
        canonical({name: {"salt": _b64(salts[name]), "value": private[name]} for name in private}),
    )


def commit_uploads(values: Sequence[Mapping[str, JSON]]) -> Committed:
    """One root over the uploads of a batch. A `content` is committed once more inside its value.

    So one upload can be shown without the others, and without the digests of its bytes.
    """
    salt = new_salt()
    shown = [_without_content(value, salt, position) for position, value in enumerate(values)]
    return Committed(
        {BATCH: _b64(commit_batch(shown, salt))},
        canonical({BATCH: {"salt": _b64(salt), "values": list(values)}}),
    )


def seal_opening(connection: sqlite3.Connection, seal_public: bytes, idx: int, key: str, data: bytes) -> None:
    """Seals what opens entry `idx` to the key of its group, made where it is the group's first."""
    row = connection.execute("SELECT public FROM log_opening_keys WHERE name = ?", (key,)).fetchone()
    if row is None:
        private, public = new_pair()
        connection.execute(
            "INSERT INTO log_opening_keys (name, public, sealed) VALUES (?, ?, ?)",
            (key, public, seal(seal_public, private, _key_context(key))),
        )
    else:
        public = bytes(row[0])
    connection.execute(
        "INSERT INTO log_openings (idx, key, sealed) VALUES (?, ?, ?)",
        (idx, key, seal(public, data, _context(idx))),
    )


def open_entry(source: Source, unsealer: Unsealer, idx: int) -> Mapping[str, Opening]:
    """What the commitments of entry `idx` stand for; empty where nothing was kept or it was erased.

    A batch opens to one `Opening` with the batch's salt and the list of its values. Raises
    KeysLocked, LogError where the opening was damaged.
    """
    found = source.opening(idx)
    if found is None:
        return {}
    key, sealed_key, sealed = found
    private = unsealer.unseal(sealed_key, _key_context(key))
    try:
        opened = json.loads(unseal(private, sealed, _context(idx)))
        return {
            name: Opening(base64.b64decode(each["salt"]), each["values" if name == BATCH else "value"])
            for name, each in opened.items()
        }
    except (ValueError, KeyError, TypeError):
        raise LogError(f"What opens entry {idx} was damaged.") from None


def shown_upload(batch: Opening, position: int) -> Opening:
    """One upload of a batch as it may be disclosed: its salt, and its value without digests."""
    assert isinstance(batch.value, list)
    return Opening(
        salt_of(batch.salt, position), _without_content(batch.value[position], batch.salt, position)
    )


def _without_content(value: Mapping[str, JSON], salt: bytes, position: int) -> Mapping[str, JSON]:
    if "content" not in value:
        return value
    inner = commit(value["content"], salt_of(salt_of(salt, position), 0))
    return {**value, "content": _b64(inner)}


def _key_context(key: str) -> bytes:
    return b"hma-console/opening-key/v1/" + key.encode()


def _context(idx: int) -> bytes:
    return b"hma-console/opening/v1/" + str(idx).encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
