"""What a mail or a phone call names: an account, a record or a picture, in whatever address it came. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from bridge.atproto.cids import BadCid, cid_of, sha256_of
from bridge.errors import InputError

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_CID = re.compile(r"\bbafkrei[a-z2-7]{52}\b")
_AT = re.compile(r"at://([^/\s]+)/([a-zA-Z0-9.-]+)/([A-Za-z0-9._~:-]{1,512})(?=[/?#\s]|$)")
_PAGE = re.compile(r"https?://[^/\s]+/profile/([^/?#\s]+)(?:/(post|lists|feed)/([A-Za-z0-9._~:-]{1,512}))?")
_ACCOUNT_PAGE = re.compile(r"https?://[^?#\s]*/did:[a-z]+:[A-Za-z0-9._:%-]+/?")
_HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.I)
_COLLECTIONS = {
    "post": "app.bsky.feed.post",
    "lists": "app.bsky.graph.list",
    "feed": "app.bsky.feed.generator",
}


@dataclass(frozen=True, slots=True)
class Named:
    """`account` is a DID or a handle, empty where only a CID was named; a record has collection and key."""

    account: str = ""
    collection: str = ""
    rkey: str = ""
    cid: str = ""


def named_in(text: str) -> Named:
    """Reads an AT URI, a page of an app, an address of a picture (the PDS's or an image server's), a DID,
    a handle, or a CID. Raises InputError.
    """
    words = unquote(text.strip())
    if found := _AT.search(words):
        return Named(found[1], found[2], found[3])
    if found := _PAGE.match(words):
        collection = _COLLECTIONS.get(found[2] or "", "")
        return Named(found[1].lstrip("@"), collection, found[3] or "")
    did, cid = _DID.search(words), _CID.search(words)
    if cid:
        return Named(did[0] if did else "", cid=_blob(cid[0]))
    if did and (did[0] == words.removeprefix("at://") or _ACCOUNT_PAGE.fullmatch(words)):
        return Named(did[0])
    if _HANDLE.fullmatch(words.lstrip("@")):
        return Named(words.lstrip("@").lower())
    raise InputError(
        f"Nothing of a PDS is named by {text.strip()[:60]!r}.",
        "Give the address of the post or picture, an at:// URI, a DID, a handle or a CID.",
    )


def _blob(cid: str) -> str:
    try:
        return cid_of(sha256_of(cid))
    except BadCid:
        raise InputError(f"{cid} is no CID of a file.") from None
