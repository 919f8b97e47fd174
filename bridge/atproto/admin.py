"""What the operator may do on the PDS: take down, restore, and read back what stands.

200 proves nothing: the PDS answers it to takedowns of what it does not have. So whoever acts here
reads back by `standing` before they believe it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bridge.atproto.credentials import Credentials
from bridge.atproto.pds import Pds
from bridge.atproto.subjects import Subject
from bridge.errors import PdsRefused


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a takedown stands, and the reference it was made under; `cid` is a record's, as it is now."""

    applied: bool
    ref: str
    cid: str = ""


class PdsAdmin:
    def __init__(self, pds: Pds, credentials: Credentials) -> None:
        self._pds = pds
        self._credentials = credentials

    async def take_down(self, subject: Subject, ref: str) -> None:
        """Asks for it, under our reference.

        Raises AdminRefused, PdsRefused, Unreachable, KeysLocked, KeysError, NotFound.
        """
        await self._update(subject, {"applied": True, "ref": ref})

    async def restore(self, subject: Subject) -> None:
        """Asks for the reversal. Raises as `take_down`."""
        await self._update(subject, {"applied": False})

    async def standing(self, subject: Subject) -> Standing | None:
        """What the PDS has; None where it has no such thing. Raises as `take_down`."""
        method = "com.atproto.admin.getSubjectStatus"
        headers = await self._headers(method)
        try:
            with self._explained():
                body = await self._pds.query(method, subject.query(), headers)
        except PdsRefused as refused:
            if refused.name == "NotFound":
                return None
            raise
        named, takedown = body.get("subject"), body.get("takedown")
        cid = str(named.get("cid") or "") if isinstance(named, dict) else ""
        if not isinstance(takedown, dict):
            return Standing(False, "", cid)
        return Standing(takedown.get("applied") is True, str(takedown.get("ref") or ""), cid)

    async def account(self, did: str) -> Mapping[str, object]:
        """What the PDS knows of an account: handle, e-mail, when it was made. Raises as `take_down`."""
        method = "com.atproto.admin.getAccountInfo"
        headers = await self._headers(method)
        with self._explained():
            return await self._pds.query(method, {"did": did}, headers)

    async def _update(self, subject: Subject, takedown: dict[str, object]) -> None:
        method = "com.atproto.admin.updateSubjectStatus"
        headers = await self._headers(method)
        with self._explained():
            await self._pds.procedure(method, {"subject": subject.wire(), "takedown": takedown}, headers)

    async def _headers(self, method: str) -> dict[str, str]:
        return {"Authorization": await self._credentials.authorization(method)}

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A refusal of who we are, as AdminRefused: it says what helps."""
        try:
            yield
        except PdsRefused as refused:
            if refused.status in (401, 403):
                raise self._credentials.explain(refused) from None
            raise
