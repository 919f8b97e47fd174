"""A small OAuth client as atproto apps are: PAR, PKCE, sign-in and consent, tokens bound to a key by DPoP.

Sources: the atproto OAuth profile, RFC 9126 (PAR), RFC 7636 (PKCE), RFC 9449 (DPoP). In place of a browser
it asks what the PDS's own authorization page asks. Its client id is a loopback one: no host serves metadata.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.network.network import PASSWORD, PATH, Account

REDIRECT = "http://127.0.0.1/callback"
SCOPE = "atproto transition:generic"
CLIENT = f"http://localhost?redirect_uri={quote(REDIRECT, safe='')}&scope={quote(SCOPE)}"
_PAGE_API = "/@atproto/oauth-provider/~api"


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _json(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value).encode())


@dataclass(slots=True)
class Prover:
    """The client's ES256 key, and the last nonce that a server gave it."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    nonce: str = ""

    def proof(self, url: str, token: str = "") -> str:
        """For one POST: a server takes it once. With a token it is bound to that token, too."""
        point = self.key.public_key().public_numbers()
        coordinates = {name: _base64url(getattr(point, name).to_bytes(32, "big")) for name in ("x", "y")}
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", **coordinates}}
        claims: dict[str, Any] = {
            "jti": secrets.token_hex(16),
            "htm": "POST",
            "htu": url,
            "iat": int(time.time()),
        }
        if self.nonce:
            claims["nonce"] = self.nonce
        if token:
            claims["ath"] = _base64url(hashlib.sha256(token.encode()).digest())
        signed = f"{_json(header)}.{_json(claims)}"
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass(slots=True)
class Session:
    """An account's token with the key it is bound to, used at the PDS's public address."""

    public: str
    token: str
    prover: Prover

    async def upload(self, body: bytes, media_type: str = "image/png") -> list[httpx.Response]:
        """The answers: one, or two where the server asked for another nonce and all was sent again."""
        async with httpx.AsyncClient(base_url=self.public, timeout=60) as http:
            answers: list[httpx.Response] = []
            while not answers or (len(answers) == 1 and wants_nonce(answers[0])):
                headers = {
                    "Authorization": f"DPoP {self.token}",
                    "DPoP": self.prover.proof(self.public + PATH, self.token),
                    "Content-Type": media_type,
                    "Origin": "https://app.example",
                }
                answers.append(await http.post(PATH, content=body, headers=headers))
                self.prover.nonce = answers[-1].headers.get("dpop-nonce", self.prover.nonce)
            return answers


def wants_nonce(answer: httpx.Response) -> bool:
    return answer.status_code in (400, 401) and answer.json().get("error") == "use_dpop_nonce"


async def sign_in(account: Account, public: str, pages: str = "") -> Session:
    """A session of the account's. `pages` is where the PDS answers if its public address is only the gate's.

    The session's prover has no nonce yet: the PDS asks for one at the first upload, as it may of any client.
    """
    prover = Prover()
    async with httpx.AsyncClient(base_url=pages or public, timeout=30) as http:
        browser = _Browser(http, public)
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(8)
        asked = {
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": state,
            "code_challenge": _base64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "login_hint": account.handle,
        }
        pushed = await _form(http, prover, public, "/oauth/par", asked)
        told = await browser.consent(account.handle, pushed["request_uri"])
        assert (told["state"], told["iss"]) == (state, public)
        redeemed = {
            "grant_type": "authorization_code",
            "code": told["code"],
            "code_verifier": verifier,
            "redirect_uri": REDIRECT,
        }
        granted = await _form(http, prover, public, "/oauth/token", redeemed)
    assert (granted["token_type"], granted["sub"]) == ("DPoP", account.did)
    return Session(public, granted["access_token"], Prover(prover.key))


async def _form(
    http: httpx.AsyncClient, prover: Prover, public: str, path: str, values: dict[str, str]
) -> dict[str, Any]:
    """What the authorization server answers, once it has its nonce."""
    for _ in range(2):
        proof = {"DPoP": prover.proof(public + path)}
        answer = await http.post(path, data={"client_id": CLIENT, **values}, headers=proof)
        prover.nonce = answer.headers.get("dpop-nonce", prover.nonce)
        if not wants_nonce(answer):
            break
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


class _Browser:
    """Keeps cookies by itself: the PDS marks them Secure, which a jar would not send to plain http."""

    def __init__(self, http: httpx.AsyncClient, public: str) -> None:
        self._http = http
        self._public = public
        self._cookies: SimpleCookie = SimpleCookie()

    async def consent(self, handle: str, request_uri: str) -> dict[str, str]:
        """What comes back with the redirect, after the account's owner signed in and agreed."""
        page = (
            f"/oauth/authorize?client_id={quote(CLIENT, safe='')}&request_uri={quote(request_uri, safe='')}"
        )
        navigate = {
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Site": "cross-site",
        }
        shown = await self._http.get(page, headers=navigate)
        assert shown.status_code == 200, shown.text
        self._keep(shown)
        credentials = {"locale": "en", "username": handle, "password": PASSWORD, "remember": False}
        signed = await self._ask(page, "/sign-in", credentials)
        did = "did" if "did" in signed["account"] else "sub"  # so called before 0.5
        agreed = {did: signed["account"][did], "scope": SCOPE}
        token = {"Authorization": f"Bearer {signed['ephemeralToken']}"}
        redirect = await self._ask(page, "/consent", agreed, token)
        return {name: value[0] for name, value in parse_qs(urlsplit(redirect["url"]).query).items()}

    async def _ask(
        self, page: str, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """As the script of the page asks."""
        from_page = {
            "Origin": self._public,
            "Referer": self._public + page,
            "Sec-Fetch-Mode": "same-origin",
            "Sec-Fetch-Site": "same-origin",
            "X-CSRF-Token": self._cookies["csrf-token"].value,
            "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items()),
        }
        answer = await self._http.post(_PAGE_API + path, json=body, headers=from_page | (headers or {}))
        assert answer.status_code == 200, answer.text
        self._keep(answer)
        told: dict[str, Any] = answer.json()
        return told

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            self._cookies.load(line)
