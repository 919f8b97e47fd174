"""How the operator is known to the PDS: by its admin password, or as its mod service."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from bridge.atproto.pds import Pds
from bridge.atproto.service_tokens import sign, signing_key
from bridge.errors import AdminRefused, PdsRefused

Secret = Callable[[], Awaitable[str]]
"""A secret's value. Raises KeysLocked, KeysError, NotFound."""


class Credentials(Protocol):
    async def authorization(self, method: str) -> str:
        """The header for one call of this XRPC method.

        Raises KeysLocked, KeysError, NotFound where a secret is missing; PdsRefused, Unreachable.
        """

    def explain(self, refused: PdsRefused) -> AdminRefused:
        """What to do about a PDS that does not take it."""


class AdminPassword:
    """Everything that the PDS's operator may do; the PDS has one such password."""

    def __init__(self, password: Secret) -> None:
        self._password = password

    async def authorization(self, method: str) -> str:
        credentials = base64.b64encode(f"admin:{await self._password()}".encode()).decode()
        return f"Basic {credentials}"

    def explain(self, refused: PdsRefused) -> AdminRefused:
        hint = "Set it again: `hma-console secret set pds_admin_password`."
        return AdminRefused("The PDS does not accept the admin password.", hint)


class ModService:
    """Takedowns and account data only: the PDS is told who its mod service is, and shares no password.

    `did` is the service's; `key` the secp256k1 key that its DID document names, in hexadecimal digits.
    """

    def __init__(self, pds: Pds, did: str, key: Secret) -> None:
        self._pds = pds
        self._did = did
        self._key = key
        self._audience = ""

    async def authorization(self, method: str) -> str:
        key = signing_key(await self._key())
        if not self._audience:
            self._audience = await self._pds.service_did()
        token = sign(key, issuer=self._did, audience=self._audience, method=method, now=int(time.time()))
        return f"Bearer {token}"

    def explain(self, refused: PdsRefused) -> AdminRefused:
        self._audience = ""  # a PDS that moved is asked once more who it is
        if refused.name == "UntrustedIss":
            return AdminRefused(
                "The PDS does not have pds.mod_did as its mod service.",
                "Start the PDS with PDS_MOD_SERVICE_DID set to it, and PDS_MOD_SERVICE_URL to this bridge.",
            )
        if refused.name == "JwtExpired":
            return AdminRefused("For the PDS our tokens have expired.", "Set the clocks of both right.")
        return AdminRefused(
            f"The PDS does not accept what mod_service_key signs ({refused.name or refused.status}).",
            "Run `hma-console secret set mod_service_key` with the key that pds.mod_did's document names.",
        )
