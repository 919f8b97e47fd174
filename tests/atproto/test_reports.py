"""What a report may say, and whose key is believed for how long."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import httpx
import libipld
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bridge.atproto import callers as module
from bridge.atproto.callers import Callers, TooMany
from bridge.atproto.pds import Pds
from bridge.atproto.reports import METHOD, read_report
from bridge.atproto.service_tokens import BadToken, sign
from bridge.catalogue import Category
from bridge.errors import InputError

ANA, US = "did:plc:ana", "did:plc:us"
REPO = {"$type": "com.atproto.admin.defs#repoRef", "did": ANA}
RECORD = {"$type": "com.atproto.repo.strongRef", "uri": f"at://{ANA}/app.bsky.feed.post/3k", "cid": "bafyx"}
SPAM = "com.atproto.moderation.defs#reasonSpam"
KEYS = [ec.generate_private_key(ec.SECP256K1()) for _ in range(2)]


@pytest.mark.parametrize("subject", [REPO, RECORD, {**RECORD, "more": 1}])
def test_a_report_names_an_account_or_a_record_of_it(subject: Mapping[str, object]) -> None:
    report = read_report({"reasonType": SPAM, "subject": subject, "reason": "é\u0301" * 2000})
    assert (report.did, report.category) == (ANA, Category.OWN)
    assert report.subject == {name: value for name, value in subject.items() if name != "more"}
    child_safety = read_report(
        {"reasonType": "tools.ozone.report.defs#reasonChildSafetyGroom", "subject": REPO}
    )
    assert child_safety.category is Category.CHILD_SAFETY


@pytest.mark.parametrize(
    "change",
    [
        {"reasonType": None},
        {"reasonType": ""},
        {"reasonType": "r" * 201},
        {"reason": 5},
        {"reason": "x" * 2001},
        {"reason": "\u0301" * 10_001},
        {"subject": None},
        {"subject": {"did": ANA}},
        {"subject": {**REPO, "did": "ana.test"}},
        {"subject": {**REPO, "did": f"{ANA} x"}},
        {"subject": {**REPO, "did": "did:plc:" + "a" * 300}},
        {"subject": {**RECORD, "uri": "at://ana.test/app.bsky.feed.post/3k"}},
        {"subject": {**RECORD, "uri": f"{RECORD['uri']}\n"}},
        {"subject": {**RECORD, "uri": f"at://{ANA}/app.bsky.feed.post/{'k' * 600}"}},
        {"subject": {**RECORD, "cid": ""}},
        {"subject": {**RECORD, "cid": "c" * 200}},
        {"subject": {"$type": "chat.bsky.convo.defs#messageRef", "did": ANA}},
    ],
)
def test_anything_else_is_refused(change: Mapping[str, object]) -> None:
    with pytest.raises(InputError):
        read_report({"reasonType": SPAM, "subject": REPO, **change})


class Directory:
    """A PDS that says of its one account which key it has."""

    def __init__(self) -> None:
        self.key = KEYS[0]
        self.asked = 0
        self.said: dict[str, object] = {}
        self.callers = Callers(Pds("http://pds.test", httpx.MockTransport(self.answer)), US)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/xrpc/com.atproto.repo.describeRepo"
        self.asked += 1
        if request.url.params["repo"] != ANA:
            return httpx.Response(400, json={"error": "InvalidRequest", "message": "Could not find repo"})
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        multibase = libipld.encode_multibase("z", b"\xe7\x01" + point)
        key = {"id": f"{ANA}#atproto", "type": "Multikey", "publicKeyMultibase": multibase}
        document = {"id": ANA, "verificationMethod": [key]}
        return httpx.Response(200, content=json.dumps({"did": ANA, "didDoc": document, **self.said}))

    async def call(self, key: ec.EllipticCurvePrivateKey = KEYS[0], issuer: str = ANA) -> str:
        token = sign(key, issuer=issuer, audience=US, method=METHOD, now=int(time.time()))
        return await self.callers.account_of(f"Bearer {token}", METHOD)


async def test_a_key_is_asked_for_once_and_anew_when_it_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    pds = Directory()
    assert [await pds.call() for _ in range(5)] == [ANA] * 5
    assert pds.asked == 1
    for _ in range(5):
        with pytest.raises(BadToken, match="not signed by its issuer"):
            await pds.call(KEYS[1])
    assert pds.asked == 1, "strangers do not make us ask again and again"
    pds.key = KEYS[1]
    monkeypatch.setattr(module, "FRESH_SECONDS", -1.0)
    assert await pds.call(KEYS[1]) == ANA
    assert pds.asked == 2


@pytest.mark.parametrize(
    "said", [{"did": "did:plc:bob"}, {"didDoc": None}, {"didDoc": {"id": "did:plc:bob"}}]
)
async def test_what_the_pds_says_of_another_account_vouches_for_nothing(said: dict[str, object]) -> None:
    pds = Directory()
    pds.said = said
    with pytest.raises(BadToken) as told:
        await pds.call()
    assert told.value.name == "UntrustedIss"


async def test_what_is_remembered_of_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pds = Directory()
    monkeypatch.setattr(module, "MOST_TOKENS", 3)
    for _ in range(3):
        await pds.call()
    with pytest.raises(TooMany):
        await pds.call()
