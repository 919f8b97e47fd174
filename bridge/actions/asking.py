"""What `POST /action` may ask for: one action on one subject, in flat fields. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from bridge.atproto.names import account_of_record, is_did
from bridge.errors import InputError, NotHereYet
from bridge.uploads import new_id

LONGEST = 2_000
LONGEST_KEY = 100


class Asked(StrEnum):
    TAKEDOWN = "takedown"
    RESTORE = "restore"
    LABEL = "label"
    REVIEW = "review"
    RELEASE = "release"
    NOTIFY = "notify"
    WEBHOOK = "webhook"


_SUBJECTS: Mapping[Asked, tuple[str, ...]] = {
    Asked.TAKEDOWN: ("case_id", "photo_id", "did"),
    Asked.RESTORE: ("did",),
    Asked.REVIEW: ("photo_id", "did"),
    Asked.RELEASE: ("case_id", "photo_id"),
    Asked.WEBHOOK: ("case_id", "photo_id"),
    Asked.NOTIFY: (),
}
"""Which subjects each may name; `did` stands for everything on the PDS."""
_NAMES = {"case_id": "`case_id`", "photo_id": "`photo_id`", "did": "`did` with `cid`, or `uri`"}
_FIELDS = ("case_id", "photo_id", "did", "cid", "uri", "reason", "idempotency_key")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. Its subject is a case, an app's photo, or on the PDS a record where there is a `uri`, else
    a blob where there is a `cid`, else the account. `key` is the caller's own name for the request.
    """

    type: Asked
    case_id: str = ""
    photo_id: str = ""
    did: str = ""
    cid: str = ""
    uri: str = ""
    reason: str = ""
    key: str = field(default_factory=new_id)

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Ask:
        """Raises InputError, NotHereYet."""
        type_ = fields.get("action_type")
        if not isinstance(type_, str) or type_ not in tuple(Asked):
            raise InputError(f"`action_type` takes {', '.join(Asked)}.")
        if type_ == Asked.LABEL:
            raise NotHereYet("Labels come with a later version.", "Use takedown, or review.")
        if unknown := sorted({*fields} - {*_FIELDS, "action_type"}):
            raise InputError(f"There is no field {unknown[0][:40]!r}.", f"There are: {', '.join(_FIELDS)}.")
        given = {name: _text(fields, name) for name in _FIELDS}
        key = given.pop("idempotency_key")
        if len(key) > LONGEST_KEY:
            raise InputError(f"`idempotency_key` has at most {LONGEST_KEY} letters.")
        ask = cls(Asked(type_), **given, **({"key": key} if key else {}))
        ask._check()
        return ask

    @property
    def digest(self) -> bytes:
        """Tells requests apart that come under one key."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).digest()

    @property
    def account(self) -> str:
        """The DID that it is about, empty where it is about nothing on the PDS."""
        return account_of_record(self.uri) if self.uri else self.did

    @property
    def words(self) -> str:
        """What it is about on the PDS, as people name it."""
        return self.uri or f"{self.did} {self.cid}".strip()

    def _check(self) -> None:
        if self.type is Asked.NOTIFY and not self.reason:
            raise InputError("Give what to say as `reason`.")
        on_pds = bool(self.did or self.cid or self.uri)
        named = [name for name in ("case_id", "photo_id") if getattr(self, name)] + ["did"] * on_pds
        allowed = _SUBJECTS[self.type]
        if len(named) != bool(allowed) or not {*named} <= {*allowed}:
            wanted = " or ".join(_NAMES[name] for name in allowed) or "no subject"
            raise InputError(f"A {self.type} names {wanted}, and nothing else.")
        if self.uri and not account_of_record(self.uri):
            raise InputError("`uri` is no at:// URI of a record with a DID.")
        if on_pds and not is_did(self.account):
            raise InputError("`did` is no DID.", "Give the account's DID with the CID of its file.")
        if self.uri and self.did and self.did != self.account:
            raise InputError("`did` is another account than that of `uri`.")
        if self.type is Asked.TAKEDOWN and on_pds and not self.cid and not self.uri:
            raise InputError(
                "Whole accounts are taken down in the console only.", "Name a file by `cid`, or a record."
            )


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InputError(f"`{name}` takes a text of at most {LONGEST:,} letters.")
    return value.strip()
