"""Messages as they are sent: our own format, and PerchPics's. Pure; `docs/webhooks.md` describes both."""

from __future__ import annotations

import json

from bridge.compliance.leaf import time_text
from bridge.receivers import OPERATOR, Format
from bridge.store.messages import Message, ToldUpload
from bridge.telling import Kind

Json = dict[str, object]


def body_of(message: Message, format_: Format, appeal: str = "") -> bytes:
    """The JSON to be signed and sent; `appeal` is where the person may write to."""
    body = _perchpics(message) if format_ is Format.PERCHPICS else _own(message, appeal)
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def _perchpics(message: Message) -> Json:
    photo_id = message.uploads[0].photo_id if message.uploads else ""
    result = {"matched": message.matched, "action": message.answer}
    return {"photoId": photo_id, "matchResult": result, "timestamp": time_text(message.at)}


def _own(message: Message, appeal: str) -> Json:
    body: Json = {"id": message.key, "type": message.kind, "at": message.at}
    if message.kind not in tuple(Kind):
        return {**body, "text": message.text}
    to_operator, category = message.receiver == OPERATOR, message.category
    is_open = category is not None and (to_operator or not category.is_listed)
    body["case"] = message.case_id
    if category is not None and is_open:
        body["category"] = category.value
    if message.choice:
        body["choice"] = message.choice
    if message.choice and is_open:  # a reason names what kind of list it was
        body["reason"] = message.reason
    if message.kind == Kind.VERDICT:
        body |= {"matched": message.matched, "action": message.answer}
        if appeal and message.answer != "none":
            body["appeal"] = appeal
    body["uploads"] = [_upload(each, to_operator=to_operator) for each in message.uploads]
    if message.matches:
        body["matches"] = [{"bank": bank, "entry": entry} for bank, entry in message.matches]
    return body


def _upload(upload: ToldUpload, *, to_operator: bool) -> Json:
    """An app knows whose its uploads are; the operator gets what is known of the account and the record."""
    told: Json = {"id": upload.id, "photo_id": upload.photo_id}
    return {**told, "sender": upload.sender, "did": upload.did, "uri": upload.uri} if to_operator else told
