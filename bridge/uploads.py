"""An upload: bytes someone put on a host, with where they came from."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.reserved import SELF_TEST

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def new_id(length: int = 16) -> str:
    """A random name in letters and digits that are not mistaken for each other."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


DAY_MS = 24 * 3600 * 1000


def now_ms() -> int:
    """Milliseconds since 1970, UTC: the one form in which times are stored and sent."""
    return time.time_ns() // 1_000_000


class Source(StrEnum):
    """The way by which an upload reached the bridge."""

    API = "api"
    SCAN = "scan"
    FIREHOSE = "firehose"
    BACKFILL = "backfill"
    GATE = "gate"
    HAND = "hand"
    SCAN_BLOB = "scan_blob"
    REPORT_BLOB = "report_blob"


@dataclass(frozen=True, slots=True)
class Upload:
    """Where some bytes came from. `did` is an attribution: only ever taken from the PDS.

    `claimed_author` is what an app says of itself and proves nothing; `sender` is the name of
    the API key, or of the system user on the Unix socket.
    """

    source: Source
    sender: str
    id: str = field(default_factory=new_id)
    received_at: int = field(default_factory=now_ms)
    did: str = ""
    claimed_author: str = ""
    cid: str = ""
    uri: str = ""
    photo_id: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)
    address: str = field(default="", repr=False)
    """Whom the bytes came from, as the host's own proxy says; stored sealed, and apart."""
    wanted: int | None = None
    """The caller's own PDQ threshold, a distance, where it gave one."""

    @property
    def is_self_test(self) -> bool:
        """Whether it is our own, and nobody's: only it is compared with the self-test's bank."""
        return self.sender == SELF_TEST

    @property
    def is_on_pds(self) -> bool:
        """Whether it can be taken down there: the account and the blob are known."""
        return bool(self.did and self.cid)
