"""What the operator may do on the PDS: take down, restore, and read back what stands.

200 proves nothing: the PDS answers it to takedowns of what it does not have. So whoever acts here
reads back by `standing` before they believe it.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bridge.atproto.pds import Pds
from bridge.atproto.subjects import Subject
from bridge.errors import PdsRefused

Password = Callable[[], Awaitable[str]]
"""The PDS's admin password. Raises KeysLocked, NotFound."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a takedown stands, and the reference it was made under."""

    applied: bool
    ref: str


class PdsAdmin:
    def __init__(self, pds: Pds, password: Password) -> None:
        self._pds = pds
        self._password = password

    async def take_down(self, subject: Subject, ref: str) -> None:
        """Asks for it, under our reference. Raises PdsRefused, Unreachable, KeysLocked, NotFound."""
        await self._update(subject, {"applied": True, "ref": ref})

    async def restore(self, subject: Subject) -> None:
        """Asks for the reversal. Raises as `take_down`."""
        await self._update(subject, {"applied": False})

    async def standing(self, subject: Subject) -> Standing | None:
        """What the PDS has; None where it has no such thing. Raises as `take_down`."""
        try:
            body = await self._pds.query(
                "com.atproto.admin.getSubjectStatus",
                subject.query(),
                headers=await self._headers(),
            )
        except PdsRefused as refused:
            if refused.name == "NotFound":
                return None
            raise
        takedown = body.get("takedown")
        if not isinstance(takedown, dict):
            return Standing(applied=False, ref="")
        return Standing(takedown.get("applied") is True, str(takedown.get("ref") or ""))

    async def account(self, did: str) -> Mapping[str, object]:
        """What the PDS knows of an account: handle, e-mail, when it was made. Raises as `take_down`."""
        return await self._pds.query(
            "com.atproto.admin.getAccountInfo", {"did": did}, headers=await self._headers()
        )

    async def _update(self, subject: Subject, takedown: dict[str, object]) -> None:
        await self._pds.procedure(
            "com.atproto.admin.updateSubjectStatus",
            {
                "subject": subject.wire(),
                "takedown": takedown,
            },
            headers=await self._headers(),
        )

    async def _headers(self) -> dict[str, str]:
        credentials = base64.b64encode(f"admin:{await self._password()}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}
