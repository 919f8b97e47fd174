"""Names in atproto: what is a DID, and what a record's URI. Pure; see https://atproto.com/specs/at-uri-scheme."""

from __future__ import annotations

import re

LONGEST_DID = 256
LONGEST_URI = 512

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+")
_RECORD = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/[A-Za-z0-9.-]+/[A-Za-z0-9._~:@!$&')(*+,;=%-]+")


def is_did(text: object) -> bool:
    return isinstance(text, str) and len(text) <= LONGEST_DID and _DID.fullmatch(text) is not None


def account_of_record(uri: object) -> str:
    """The DID in a record's URI; empty for what is none, or names the account by its handle."""
    if not isinstance(uri, str) or len(uri) > LONGEST_URI:
        return ""
    named = _RECORD.fullmatch(uri)
    return named[1] if named and is_did(named[1]) else ""
