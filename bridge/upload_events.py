"""The events of uploads and cases: what the compliance log says of them, and what it keeps erasable. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from bridge import policy
from bridge.catalogue import Category
from bridge.events import Event, EventType
from bridge.uploads import Upload
from bridge.verdicts import Match, Verdict


def upload_seen(
    type_: EventType,
    upload: Upload,
    sha256: bytes,
    verdict: Verdict,
    matches: Sequence[Match],
    consequence: policy.Consequence,
) -> Event:
    """`type_` says whether it was checked for the first time or again."""
    standing = policy.standing(matches)
    categories = {match.bank.category for match in standing}
    return Event(
        type_,
        upload.id,
        facts={
            "upload": upload.id,
            "verdict": verdict.value,
            "matches": len(standing),
            "action": consequence.answer.value,
            "category": next((category.value for category in Category if category in categories), ""),
        },
        private={} if consequence.categories else _origin(upload, sha256),  # else its cases hold it
    )


def case_joined(
    upload: Upload,
    sha256: bytes,
    matches: Sequence[Match],
    category: Category,
    case_id: str,
    actor: str,
    *,
    opened: bool,
) -> list[Event]:
    """That a case was opened or joined, and each standing match that it was for."""
    facts: dict[str, str | int] = {"upload": upload.id, "category": category.value}
    first = EventType.CASE_OPENED if opened else EventType.CASE_JOINED
    events = [Event(first, case_id, actor, facts, _origin(upload, sha256), case_id)]
    for match in policy.standing(matches):
        if match.bank.category is category:
            found: dict[str, str | int] = {
                "bank": match.bank.id,
                "entry": match.entry_id,
                "signal": match.signal_type.value,
                **({} if match.hma_type else {"distance": match.distance}),
                "view": match.view.code,
                **({"retroactive": 1} if match.retroactive else {}),
            }
            events.append(
                Event(
                    EventType.CASE_MATCHED,
                    case_id,
                    facts={**facts, **found},
                    private={"bank": match.bank.name},
                    case_id=case_id,
                )
            )
    return events


def account_case_opened(did: str, category: Category, case_id: str, actor: str = "bridge") -> Event:
    """That a case of an account was opened, without an upload."""
    return Event(
        EventType.CASE_OPENED,
        case_id,
        actor,
        facts={"category": category.value},
        private={"account": {"did": did, "claimed": ""}},
        case_id=case_id,
    )


def action_planned(
    upload_id: str, key: str, action: str, category: Category, case_id: str, actor: str
) -> Event:
    """`key` is the action's idempotency key; `upload_id` is empty where it is about no upload."""
    facts = {"action": action, "category": category.value, **({"upload": upload_id} if upload_id else {})}
    return Event(EventType.ACTION_PLANNED, key, actor, facts, case_id=case_id)


def _origin(upload: Upload, sha256: bytes) -> dict[str, object]:
    """Where the bytes came from: all of it personal, so all of it erasable."""
    account = {"did": upload.did, "claimed": upload.claimed_author}
    record = {"uri": upload.uri, "photo_id": upload.photo_id}
    content = {"cid": upload.cid, "sha256": base64.b64encode(sha256).decode()}
    return {"account": account, "record": record, "content": content, "sender": upload.sender}
