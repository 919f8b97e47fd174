"""Who calls with a service token: accounts of this PDS only, by the keys that the PDS says they have."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from bridge.atproto.pds import Pds
from bridge.atproto.service_tokens import BadToken, Token, VerifyingKey, key_in, read_token
from bridge.errors import BridgeError, PdsRefused, Unreachable

KEEP_SECONDS = 300.0
"""How long a key is believed before the PDS is asked again."""
FRESH_SECONDS = 10.0
"""So young a key is not asked for again when it does not fit: strangers could make us ask for ever."""
MOST_KEYS = 1000
MOST_TOKENS = 100
"""Of one account, that have not expired: each is remembered, so that it is taken once."""
AT_ONCE = 4
ASK_SECONDS = 10.0


class TooMany(BridgeError):
    """An account asks for more than is taken of one. Answered by 429."""


@dataclass(frozen=True, slots=True)
class _Known:
    key: VerifyingKey
    asked_at: float


class Callers:
    """`service` is our own DID: what tokens have to be for."""

    def __init__(self, pds: Pds, service: str) -> None:
        self._pds = pds
        self._service = service
        self._keys: OrderedDict[str, _Known] = OrderedDict()
        self._used: dict[str, dict[str, int]] = {}
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def account_of(self, authorization: str, method: str) -> str:
        """The DID of the account that calls `method`. Each token is taken once.

        Raises BadToken, TooMany, Unreachable. After a restart a token of the last five minutes would be
        taken a second time.
        """
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise BadToken("MissingJwt", "This needs a service token of an account.")
        now = int(time.time())
        token = read_token(text.strip(), service=self._service, method=method, now=now)
        if not token.is_signed_by(await self._key(token.issuer, KEEP_SECONDS)):
            renewed = await self._key(token.issuer, FRESH_SECONDS)  # it may have been changed
            if not token.is_signed_by(renewed):
                raise BadToken("BadJwtSignature", "The token is not signed by its issuer.")
        self._use(token, now)
        return token.issuer

    async def _key(self, did: str, keep_seconds: float) -> VerifyingKey:
        """Raises BadToken where the account is none of this PDS, or has no key."""
        known = self._keys.get(did)
        if known is None or time.monotonic() - known.asked_at > keep_seconds:
            known = _Known(await self._ask(did), time.monotonic())
            self._keys[did] = known
            while len(self._keys) > MOST_KEYS:
                self._keys.popitem(last=False)
        self._keys.move_to_end(did)
        return known.key

    async def _ask(self, did: str) -> VerifyingKey:
        """Nobody but the PDS is asked: neither a directory, nor a host that the DID names."""
        try:
            async with asyncio.timeout(ASK_SECONDS), self._asking:
                said = await self._pds.query("com.atproto.repo.describeRepo", {"repo": did})
        except TimeoutError:
            raise Unreachable("The PDS does not say in time whose token this is.") from None
        except PdsRefused:
            raise BadToken(
                "UntrustedIss", "The issuer of the token is no open account of this server."
            ) from None
        document = said.get("didDoc")
        if said.get("did") != did or not isinstance(document, dict) or document.get("id") != did:
            raise BadToken("UntrustedIss", "The issuer of the token is no account of this server.")
        return key_in(document)

    def _use(self, token: Token, now: int) -> None:
        used = {jti: end for jti, end in self._used.get(token.issuer, {}).items() if end > now}
        if token.jti in used:
            raise BadToken("BadJwt", "The token was used before.")
        if len(used) >= MOST_TOKENS:
            raise TooMany("Too many calls at once; try again in some minutes.")
        if token.issuer not in self._used and len(self._used) >= MOST_KEYS:
            self._used = {did: left for did, left in self._used.items() if max(left.values()) > now}
        self._used[token.issuer] = {**used, token.jti: token.expires_at}
