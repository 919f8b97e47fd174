"""What a takedown is about: one account's copy of a blob, a record, or an account. Values only.

The shapes are those of `com.atproto.admin.updateSubjectStatus` and of the query `getSubjectStatus`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlobSubject:
    """One account's copy of a blob: takedowns are per account."""

    did: str
    cid: str
    word = "blob"

    def wire(self) -> Mapping[str, str]:
        return {"$type": "com.atproto.admin.defs#repoBlobRef", "did": self.did, "cid": self.cid}

    def query(self) -> Mapping[str, str]:
        return {"did": self.did, "blob": self.cid}


@dataclass(frozen=True, slots=True)
class RecordSubject:
    """A record; its pictures are served on unless they are taken down too."""

    uri: str
    cid: str
    word = "record"

    def wire(self) -> Mapping[str, str]:
        return {"$type": "com.atproto.repo.strongRef", "uri": self.uri, "cid": self.cid}

    def query(self) -> Mapping[str, str]:
        return {"uri": self.uri}


@dataclass(frozen=True, slots=True)
class AccountSubject:
    """An account with all that it holds."""

    did: str
    word = "account"

    def wire(self) -> Mapping[str, str]:
        return {"$type": "com.atproto.admin.defs#repoRef", "did": self.did}

    def query(self) -> Mapping[str, str]:
        return {"did": self.did}


Subject = BlobSubject | RecordSubject | AccountSubject


def subject_of(did: str, cid: str, uri: str) -> Subject:
    """A record where there is a URI, else a blob where there is a CID, else the account."""
    if uri:
        return RecordSubject(uri, cid)
    return BlobSubject(did, cid) if cid else AccountSubject(did)
