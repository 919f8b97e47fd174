"""Messages as they are sent: an app hears of its own uploads and of no list, the operator of cases."""

from __future__ import annotations

import json
from dataclasses import replace

from bridge.actions.wire import body_of
from bridge.catalogue import Category
from bridge.receivers import OPERATOR, Format
from bridge.store.messages import Message, ToldUpload
from bridge.telling import Kind

UPLOAD = ToldUpload("u" * 16, "key:pics", "3kegret", "did:plc:ana", "at://did:plc:ana/app.bsky.feed.post/3k")
TO_APP = Message(
    key="webhook:u:x",
    receiver="key:pics",
    kind=Kind.VERDICT,
    text="",
    at=1_795_659_575_123,
    case_id="c" * 16,
    category=Category.NCII,
    choice="takedown",
    reason="intimate-image",
    uploads=(UPLOAD,),
    matched=True,
    answer="BLOCK",
)


def sent(message: Message, format_: Format = Format.OWN) -> dict[str, object]:
    return dict(json.loads(body_of(message, format_)))


def test_an_app_hears_what_stands_of_its_upload_and_not_which_list_it_is_on() -> None:
    assert sent(TO_APP) == {
        "id": "webhook:u:x",
        "type": "verdict",
        "at": 1_795_659_575_123,
        "case": "c" * 16,
        "choice": "takedown",
        "matched": True,
        "action": "BLOCK",
        "uploads": [{"id": "u" * 16, "photo_id": "3kegret"}],
    }
    own = sent(replace(TO_APP, category=Category.OWN))
    assert (own["category"], own["reason"]) == ("own", "intimate-image")


def test_perchpics_hears_what_it_reads_and_no_more() -> None:
    assert sent(TO_APP, Format.PERCHPICS) == {
        "photoId": "3kegret",
        "matchResult": {"matched": True, "action": "BLOCK"},
        "timestamp": "2026-11-26T02:19:35.123Z",
    }


def test_the_operator_hears_of_the_category_the_account_and_the_record() -> None:
    told = sent(replace(TO_APP, receiver=OPERATOR, kind=Kind.DECISION, matches=(("mine", 7),)))
    assert (told["category"], told["reason"]) == ("ncii", "intimate-image")
    assert told["uploads"] == [
        {
            "id": "u" * 16,
            "photo_id": "3kegret",
            "sender": "key:pics",
            "did": "did:plc:ana",
            "uri": "at://did:plc:ana/app.bsky.feed.post/3k",
        }
    ]
    assert told["matches"] == [{"bank": "mine", "entry": 7}]
    assert "matched" not in told
