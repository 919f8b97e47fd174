"""A takedown of a blob, a record or an account at the PDS, and its reversal: asked for, then read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bridge.actions.effect import Blocked, Impossible, NotYet
from bridge.atproto.admin import PdsAdmin
from bridge.atproto.cids import sha256_of
from bridge.atproto.subjects import BlobSubject, RecordSubject, Subject, subject_of
from bridge.banks.memory import forget, remember
from bridge.errors import AdminRefused, KeysError, NotFound, PdsRefused, Unreachable
from bridge.events import Event
from bridge.store.outbox import Action

TRIES_MISSING = 5
"""After so many tries, about half a minute, what the PDS does not have is given up."""


class Takedown:
    """`applies` is False for the reversal."""

    seconds = 60.0

    def __init__(self, admin: PdsAdmin, *, applies: bool) -> None:
        self._admin = admin
        self._applies = applies

    async def carry_out(self, action: Action) -> None:
        """Raises NotYet, Impossible. Twice is as once: what stands already is only read back."""
        subject = subject_of(action.did, action.cid, action.uri)
        try:
            standing = await self._admin.standing(subject)
            if standing is None and action.attempts + 1 >= TRIES_MISSING:
                raise Impossible(f"The PDS does not have this {subject.word}.")
            if standing is not None and isinstance(subject, RecordSubject) and not subject.cid:
                subject = replace(subject, cid=standing.cid)
            if standing is None or standing.applied is not self._applies:
                await self._ask(subject, action)
                standing = await self._admin.standing(subject)
        except Unreachable as error:
            raise NotYet(error.message, error.hint) from None
        except (KeysError, NotFound) as error:
            raise Blocked(error.message, error.hint) from None
        except AdminRefused as refused:  # what is set wrong is corrected, and tried again
            raise NotYet(refused.message, refused.hint) from None
        except PdsRefused as refused:
            raise Impossible(refused.message) from None
        if standing is None:
            raise NotYet(f"The PDS does not have this {subject.word} yet.")
        if standing.applied is not self._applies:
            raise NotYet("The PDS said yes, but it does not stand.")

    def confirmed(self, connection: Connection, action: Action) -> Sequence[Event]:
        """A blob that was taken down is remembered, for the PDS forgets it; what was restored is not."""
        if not isinstance(subject_of(action.did, action.cid, action.uri), BlobSubject):
            return ()
        sha256 = sha256_of(action.cid)
        if not self._applies:
            return forget(connection, sha256)
        if action.type == "hold":
            return ()  # nobody decided it yet
        return remember(connection, sha256, action.case_id)

    async def _ask(self, subject: Subject, action: Action) -> None:
        if self._applies:
            await self._admin.take_down(subject, action.case_id or action.key)
        else:
            await self._admin.restore(subject)
