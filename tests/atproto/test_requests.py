"""Whose upload it is: what a token says, read as the PDS reads it, and never believed before it did."""

from __future__ import annotations

import base64
import json

import pytest

from bridge.atproto.requests import account_of


@pytest.mark.parametrize(
    ("claims", "did"),
    [
        ({"sub": "did:plc:me"}, "did:plc:me"),
        ({"iss": "https://pds.example", "sub": "did:plc:me"}, "did:plc:me"),
        ({"iss": "did:plc:me"}, "did:plc:me"),
        ({"iss": "did:plc:me#atproto", "sub": "did:plc:victim"}, "did:plc:me"),
        ({"sub": 5}, ""),
        ([], ""),
    ],
)
def test_a_token_speaks_for_its_issuer_whatever_else_it_claims(claims: object, did: str) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert account_of(f"Bearer x.{payload}.y") == did
    assert account_of(f"DPoP x.{payload}.y") == did


def test_a_token_that_cannot_be_read_speaks_for_nobody() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    large = base64.urlsafe_b64encode(b'{"sub":"did:plc:me","x":' + b"9" * 5000 + b"}").decode()
    assert account_of(f"Bearer x.{large}.y") == "did:plc:me"
    for token in ("", "Bearer", "Bearer x", "Bearer x.y.z", "Bearer x.!!.z", f"Bearer x.{deep}.z"):
        assert account_of(token) == ""
