"""How much matched within the last hour: what a flood of uploads is told by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from bridge.policy import Usage
from bridge.store.actions import HOUR_MS
from bridge.uploads import Upload, now_ms
from bridge.verdicts import Match

ENOUGH = 10_000
"""No brake takes more, so nothing is counted beyond."""

_OF_CONTENT = text(
    "SELECT count(*) FROM (SELECT DISTINCT upload_id FROM matches"
    " WHERE bank_id = :bank AND matched_at > :since AND content_id = :content AND upload_id <> :upload"
    " LIMIT :enough)"
)
_OF_ACCOUNT = (
    "SELECT count(*) FROM (SELECT 1 FROM uploads WHERE verdict = 'matched' AND {who} AND id <> :upload AND"
    " EXISTS (SELECT 1 FROM matches WHERE upload_id = uploads.id AND matched_at > :since) LIMIT :enough)"
)
_BY_DID = text(_OF_ACCOUNT.format(who="did = :did"))
_BY_CLAIM = text(_OF_ACCOUNT.format(who="did = '' AND sender = :sender AND claimed_author = :author"))


def with_floods(connection: Connection, usage: Usage, upload: Upload, matches: Sequence[Match]) -> Usage:
    """The same, and the other uploads of the last hour that matched the same, or are of the same account.

    Who is neither proven nor claimed has no account.
    """
    values = {"since": now_ms() - HOUR_MS, "upload": upload.id, "enough": ENOUGH}
    matched = {
        content: connection.scalar(_OF_CONTENT, {**values, "bank": bank, "content": content}) or 0
        for bank, content in {(match.bank.id, match.content_id) for match in matches}
    }
    of_account = 0
    if upload.did:
        of_account = connection.scalar(_BY_DID, {**values, "did": upload.did}) or 0
    elif upload.claimed_author:
        who = {"sender": upload.sender, "author": upload.claimed_author}
        of_account = connection.scalar(_BY_CLAIM, {**values, **who}) or 0
    return replace(usage, matched=matched, of_account=of_account)
