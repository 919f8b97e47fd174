"""Policies in the store: the one in force, those before, and what follows from a match under it.

Whoever needs the policy reads it here, in the transaction it is needed for: a new one holds from its
commit on, and nothing has to be told.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, Row, insert, text

from bridge.catalogue import Bank
from bridge.errors import NotFound
from bridge.policy import Consequence, GateMode, at_the_gate, decide
from bridge.policy_file import parse, write
from bridge.rules import AtTheGate, Policy
from bridge.store import tables
from bridge.store.actions import usage
from bridge.store.banks import all_banks
from bridge.store.floods import with_floods
from bridge.uploads import Upload, now_ms
from bridge.verdicts import Match


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy as it was put in force; `before` is the text of what it took the place of."""

    version: int
    at: int
    actor: str
    digest: bytes
    text: str
    before: str

    @property
    def digest_text(self) -> str:
        """As the log writes digests."""
        return base64.b64encode(self.digest).decode()


Change = Callable[[Connection], PolicyVersion]


def in_force(connection: Connection) -> Policy:
    """The preset where none was ever imported."""
    found = connection.scalar(text("SELECT text FROM policies ORDER BY version DESC LIMIT 1"))
    return _parsed(found) if found is not None else Policy()


@lru_cache(maxsize=4)
def _parsed(written: str) -> Policy:
    return parse(written).policy


def consequence(connection: Connection, upload: Upload, matches: Sequence[Match]) -> Consequence:
    """What follows from the standing matches of `upload`, by the policy in force and what was done so far."""
    if not matches:
        return Consequence()
    counted = with_floods(connection, usage(connection), upload, matches)
    return decide(matches, counted, in_force(connection))


def gate_holds(connection: Connection, matches: Sequence[Match], mode: GateMode) -> bool:
    """Whether the gate keeps back an upload of these standing matches."""
    return at_the_gate(matches, mode, in_force(connection)) is not AtTheGate.PASS


def as_text(connection: Connection) -> str:
    """The canonical text of what is in force now, with the banks as they are."""
    return write(in_force(connection), _ruled(connection))


def _ruled(connection: Connection) -> list[Bank]:
    """The banks that a policy is about."""
    return [bank for bank in all_banks(connection) if not bank.is_self_test]


def newest_version(connection: Connection) -> PolicyVersion | None:
    row = connection.execute(text("SELECT * FROM policies ORDER BY version DESC LIMIT 1")).first()
    return _version(row) if row else None


def find_version(connection: Connection, number: int) -> PolicyVersion:
    """Raises NotFound."""
    row = connection.execute(text("SELECT * FROM policies WHERE version = :n"), {"n": number}).first()
    if row is None:
        raise NotFound(f"There is no version {number} of the policy.", "`hma-console policy show` names it.")
    return _version(row)


def put_in_force(connection: Connection, policy: Policy, banks: Sequence[Bank], actor: str) -> PolicyVersion:
    """Makes `policy` the newest version and gives `banks` their new rules."""
    before = as_text(connection)
    for bank in banks:
        connection.execute(
            text(
                "UPDATE banks SET threshold = :threshold, mode = :mode, on_match = :on_match WHERE id = :id"
            ),
            {
                "threshold": bank.threshold,
                "mode": bank.mode.value,
                "on_match": bank.on_match.value,
                "id": bank.id,
            },
        )
    written = write(policy, _ruled(connection))
    row = {
        "at": now_ms(),
        "actor": actor,
        "digest": hashlib.sha256(written.encode()).digest(),
        "text": written,
        "before": before,
    }
    made = connection.execute(insert(tables.policies).values(row))
    assert made.inserted_primary_key is not None
    return find_version(connection, int(made.inserted_primary_key[0]))


def _version(row: Row[tuple[object, ...]]) -> PolicyVersion:
    return PolicyVersion(row.version, row.at, row.actor, bytes(row.digest), row.text, row.before)
