"""A past of matches, cases and decisions, made from a seed and written straight into a store's file."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from bridge.catalogue import Bank, Category, OnMatch, Role
from bridge.signals import ViewKind, ViewName
from bridge.store.database import migrate
from bridge.uploads import DAY_MS, now_ms

BANKS = (
    Bank("StopNCII", Category.NCII, threshold=31, id=1),
    Bank("own", threshold=24, id=2),
    Bank("own too", threshold=24, on_match=OnMatch.TAKEDOWN, id=3),
    Bank("own allow", role=Role.ALLOW, threshold=24, id=4),
)
_VIEWS = (ViewName(ViewKind.REFERENCE), ViewName(ViewKind.TRIMMED), ViewName(ViewKind.TURNED, 3))
_CHOICES = ("takedown", "takedown_record", "release", "remember", "escalate", "later")


def write_past(path: Path, matches: int, seed: int) -> None:
    """So many matches of the four BANKS, of half as many uploads, in a fifth as many cases."""
    random_ = random.Random(seed)
    migrate(path)
    now, uploads, cases = now_ms(), max(1, matches // 2), max(1, matches // 5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO banks (id, name, category, role, on_match, mode, threshold, description,"
            " takes_poor_quality, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, 0)",
            [(b.id, b.name, b.category, b.role, b.on_match, b.mode, b.threshold) for b in BANKS],
        )
        connection.executemany(
            "INSERT INTO uploads (id, received_at, source, sender, did, claimed_author, cid, uri, photo_id,"
            " metadata, sha256, verdict, reason, action, banks, took_ms)"
            " VALUES (?, ?, 'api', '', '', '', '', '', '', '{}', x'', 'matched', '', 'none', '[]', 1)",
            [(_upload(number), now) for number in range(uploads)],
        )
        connection.executemany(
            "INSERT INTO cases (id, state, category, gathers, opened_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    _case(number),
                    random_.choice(("open", "decided")),
                    random_.choice(("ncii", "own")),
                    "",
                    now,
                    now,
                )
                for number in range(cases)
            ],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO case_uploads VALUES (?, ?)",
            [(_case(random_.randrange(cases)), _upload(number)) for number in range(uploads)],
        )
        connection.executemany(
            "INSERT INTO matches (upload_id, bank_id, bank, category, role, entry_id, content_id,"
            " signal_type, distance, quality, view, likeness, cancelled_by, matched_at)"
            " VALUES (?, ?, '', ?, ?, 1, 1, ?, ?, ?, ?, '', ?, ?)",
            [_match(random_, uploads, now) for _ in range(matches)],
        )
        connection.executemany(
            "INSERT INTO decisions (ref, batch, key, case_id, at, actor, choice, reason, note, undo_until,"
            " undone_at, undone_by) VALUES (?, '', '', ?, 0, '', ?, 'a', '', 0, ?, '')",
            [
                (
                    str(number),
                    _case(random_.randrange(cases)),
                    random_.choice(_CHOICES),
                    random_.choice((None, 1)),
                )
                for number in range(cases)
            ],
        )
        connection.executemany(
            "INSERT INTO reports (ref, case_id, reporter, subject, reason_type, reason, reported_at,"
            " erase_basis) VALUES (?, ?, '', '', '', '', 0, '')",
            [(str(number), _case(random_.randrange(cases))) for number in range(cases // 10)],
        )


def _upload(number: int) -> str:
    return f"u{number:07}"


def _case(number: int) -> str:
    return f"c{number:07}"


def _match(random_: random.Random, uploads: int, now: int) -> tuple[object, ...]:
    bank, is_exact = random_.choice(BANKS), random_.random() < 0.1
    return (
        _upload(random_.randrange(uploads)),
        bank.id,
        bank.category,
        bank.role,
        "sha256" if is_exact else "pdq",
        0 if is_exact else random_.randint(0, bank.threshold),
        None if is_exact else random_.randint(40, 100),
        random_.choice(_VIEWS).code,
        "own allow" if random_.random() < 0.1 else "",
        now - random_.randint(0, 120) * DAY_MS,
    )
