"""Events: what happened, as the store keeps it and the compliance log will attest it.

An event names its subject by a random id or a bank's name and holds no hash of a list, no DID
and no text of a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventType(StrEnum):
    UPLOAD_RECORDED = "upload.recorded"
    UPLOAD_RECHECKED = "upload.rechecked"
    CASE_OPENED = "case.opened"
    CASE_JOINED = "case.joined"
    ACTION_PLANNED = "action.planned"
    BANK_CREATED = "bank.created"
    BANK_DELETED = "bank.deleted"
    ENTRIES_ADDED = "bank.entries_added"
    ENTRIES_REMOVED = "bank.entries_removed"
    API_KEY_CREATED = "apikey.created"
    API_KEY_REVOKED = "apikey.revoked"


@dataclass(frozen=True, slots=True)
class Event:
    """`actor` is who did it: `key:NAME`, `user:NAME`, or `bridge` for what it does by itself."""

    type: EventType
    subject: str
    actor: str = "bridge"
    details: Mapping[str, str | int] = field(default_factory=dict)
