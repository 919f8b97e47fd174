"""A store with many open cases, written directly: what thousands of uploads would have made of it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from bridge.store.database import migrate
from bridge.uploads import now_ms

LIKELIHOODS = ("near-certain copy", "likely copy", "weak, look closer")


def fill(path: Path, cases: int, *, flood: int = 0) -> list[str]:
    """Makes the store's file with `cases` open cases, each of one account and one file, a second apart.

    The first `flood` of them are close to one entry, each of the others to its own. Their ids, oldest first.
    """
    migrate(path)
    now = now_ms()
    ids = [_id(f"case {number}") for number in range(cases)]
    with sqlite3.connect(path) as connection:
        for number, case_id in enumerate(ids):
            at, did, upload = now - (cases - number) * 1000, f"did:plc:{number:024d}", _id(f"upload {number}")
            connection.execute(
                "INSERT INTO uploads (id, received_at, source, sender, did, claimed_author, cid, uri,"
                " photo_id, metadata, sha256, verdict, reason, action, banks, took_ms)"
                " VALUES (?, ?, 'firehose', '', ?, '', ?, '', '', '', ?, 'matched', '', 'REVIEW', '[]', 2)",
                (upload, at, did, f"bafk{number:055d}", number.to_bytes(32, "big")),
            )
            distance = (4, 12, 24)[number % 3]
            connection.execute(
                "INSERT INTO matches (upload_id, bank_id, bank, category, role, entry_id, content_id,"
                " signal_type, distance, quality, view, likeness, cancelled_by, matched_at)"
                " VALUES (?, 1, 'own', 'own', 'block', ?, ?, 'pdq', ?, 90, 0, ?, '', ?)",
                (upload, *([1 if number < flood else number + 2] * 2), distance, LIKELIHOODS[number % 3], at),
            )
            connection.execute(
                "INSERT INTO cases (id, state, category, gathers, opened_at, updated_at)"
                " VALUES (?, 'open', 'own', ?, ?, ?)",
                (case_id, f"did:{did}", at, at),
            )
            connection.execute("INSERT INTO case_uploads VALUES (?, ?)", (case_id, upload))
    return ids


def _id(name: str) -> str:
    """As random as the bridge's own, and the same on every run."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(letters[byte % len(letters)] for byte in hashlib.sha256(name.encode()).digest()[:16])
