"""Erasing what may not be kept: values go, the log stays whole. A legal hold defers it and says until when.

An entry's commitment says nothing without its salt; with the case's key deleted, what was sealed to
it is noise in every copy. Rows are overwritten (secure_delete) and the write-ahead log is emptied,
so that no file of the data directory holds the value afterwards.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bridge.compliance.leaf import time_text
from bridge.errors import Conflict, InputError, NotFound, StoreError
from bridge.events import Event, EventType
from bridge.evidence import destroyed_events
from bridge.store.cases import find_case
from bridge.store.erasing import cases_due, cases_of, erase_loose, erase_reports_by, erase_uploads, uploads_of
from bridge.store.evidence import destroy_evidence
from bridge.store.reports import empty_reports_of_case, erasures_due, put_off_erasure, reports_by
from bridge.store.store import Store
from bridge.uploads import now_ms

BASES = ("consent", "court-order", "data-subject", "law-enforcement", "preservation", "retention")
SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Erased:
    """`until` is when a hold lets it happen; None where it is done. `entries` lost what opens them,
    `evidence` is of how many uploads it was destroyed.
    """

    entries: int = 0
    until: int | None = None
    evidence: int = 0


class Erasures:
    """Holds and erasures. `run` is the owner task of those that a hold deferred."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def hold(self, case: str, until: int, basis: str, actor: str) -> None:
        """Keeps a case from being erased until then. Raises NotFound, InputError."""
        _check_basis(basis)
        if until <= now_ms():
            raise InputError("A hold ends in the future.", "Give a later date.")
        case_id = (await self._store.read(lambda connection: find_case(connection, case))).id
        facts = {"until": time_text(until), "basis": basis}
        await self._store.write(
            lambda connection: _set_hold(connection, case_id, until, basis),
            [Event(EventType.HOLD_SET, case_id, actor, facts, case_id=case_id)],
        )

    async def end_hold(self, case: str, actor: str) -> None:
        """Raises NotFound where the case has none."""
        case_id = (await self._store.read(lambda connection: find_case(connection, case))).id
        await self._store.write(
            lambda connection: _end_hold(connection, case_id),
            [Event(EventType.HOLD_ENDED, case_id, actor, case_id=case_id)],
        )

    async def erase_case(self, case: str, basis: str, actor: str) -> Erased:
        """Erases what a case's entries stand for and what the store knows of its files and account.

        Raises NotFound, InputError, Conflict while an action of the case is under way, StoreError
        where the file could not be cleaned: the rows are gone then, and it is tried again.
        """
        _check_basis(basis)
        case_id = (await self._store.read(lambda connection: find_case(connection, case))).id
        done = await self._store.write(
            lambda connection: _erase_or_defer(connection, case_id, basis),
            lambda erased: [
                *destroyed_events(case_id, erased.evidence, basis, actor),
                _event(erased, case_id, basis, actor),
            ],
        )
        if done.until is None:
            await self._store.empty_write_ahead_log()
        return done

    async def erase_account(self, account: str, basis: str, actor: str) -> Erased:
        """The same for everything of one DID or claimed author: its cases, its other uploads, its reports.

        What it reported of others stays; who did and in which words goes.

        `until` is the latest of the holds that defer a part. Raises NotFound where nothing is kept.
        """
        _check_basis(basis)
        cases = await self._store.read(lambda connection: cases_of(connection, account))
        loose = await self._store.read(lambda connection: uploads_of(connection, account))
        now = now_ms()
        reported, kept = await self._store.read(lambda connection: reports_by(connection, account, now))
        if not (cases or loose or reported or kept):
            raise NotFound(
                "Nothing of that account is kept here.", "Give its DID, or the author an app named."
            )
        parts = [await self.erase_case(case_id, basis, actor) for case_id in cases]
        held = [part.until for part in parts if part.until is not None] + [until for _, until in kept]
        if kept:
            await self._store.write(
                lambda connection: put_off_erasure(connection, account, basis, now),
                [_event(Erased(until=until), case_id, basis, actor) for case_id, until in kept],
            )
        entries = await self._store.write(
            lambda connection: erase_loose(connection, account, now),
            lambda entries: [_of_account(entries, basis, actor)],
        )
        await self._store.empty_write_ahead_log()
        evidence = sum(part.evidence for part in parts)
        return Erased(entries + sum(part.entries for part in parts), max(held, default=None), evidence)

    async def run(self) -> None:
        """Does what a hold deferred, once it has ended. Ends when cancelled."""
        while True:
            try:
                for case_id, basis in await self._store.read(lambda c: cases_due(c, now_ms())):
                    await self.erase_case(case_id, basis, "bridge")
                for reporter, basis in await self._store.read(lambda c: erasures_due(c, now_ms())):
                    await self._erase_reporter(reporter, basis)
            except (StoreError, Conflict) as error:
                log.warning("A deferred erasure waits longer: %s", error.message)
            await asyncio.sleep(SECONDS)

    async def _erase_reporter(self, reporter: str, basis: str) -> None:
        await self._store.write(
            lambda connection: erase_reports_by(connection, reporter, now_ms()),
            lambda entries: [_of_account(entries, basis, "bridge")],
        )
        await self._store.empty_write_ahead_log()


def _check_basis(basis: str) -> None:
    if basis not in BASES:
        raise InputError(f"There is no basis {basis[:30]!r}.", f"Use: {', '.join(BASES)}.")


def _event(erased: Erased, case_id: str, basis: str, actor: str) -> Event:
    if erased.until is not None:
        facts: dict[str, str | int] = {"until": time_text(erased.until), "basis": basis}
        return Event(EventType.ERASURE_DEFERRED, case_id, actor, facts, case_id=case_id)
    facts = {"entries": erased.entries, "basis": basis}
    return Event(EventType.ERASED, case_id, actor, facts, case_id=case_id)


def _of_account(entries: int, basis: str, actor: str) -> Event:
    return Event(EventType.ERASED, "account", actor, {"entries": entries, "basis": basis})


def _set_hold(connection: Connection, case_id: str, until: int, basis: str) -> None:
    connection.execute(
        text(
            "INSERT INTO holds (case_id, until, basis, set_at) VALUES (:id, :until, :basis, :now)"
            " ON CONFLICT (case_id) DO UPDATE SET until = :until, basis = :basis, set_at = :now"
        ),
        {"id": case_id, "until": until, "basis": basis, "now": now_ms()},
    )


def _end_hold(connection: Connection, case_id: str) -> None:
    ended = connection.execute(text("DELETE FROM holds WHERE case_id = :id"), {"id": case_id})
    if not ended.rowcount:
        raise NotFound("This case is not on hold.")


def _erase_or_defer(connection: Connection, case_id: str, basis: str) -> Erased:
    key = {"id": case_id}
    until = connection.scalar(
        text("SELECT until FROM holds WHERE case_id = :id AND until > :now"), {**key, "now": now_ms()}
    )
    if until is not None:
        connection.execute(
            text(
                "INSERT INTO erasures (case_id, asked_at, basis) VALUES (:id, :now, :basis)"
                " ON CONFLICT (case_id) DO UPDATE SET basis = :basis"
            ),
            {**key, "now": now_ms(), "basis": basis},
        )
        return Erased(until=int(until))
    if connection.scalar(
        text("SELECT 1 FROM actions WHERE case_id = :id AND state IN ('planned', 'running')"), key
    ):
        raise Conflict("An action of this case is still under way.", "Wait for it, or cancel it, then erase.")
    own = list(
        connection.scalars(
            text(
                "SELECT upload_id FROM case_uploads WHERE case_id = :id AND upload_id NOT IN"
                " (SELECT upload_id FROM case_uploads JOIN cases ON cases.id = case_id"
                "  WHERE case_id <> :id AND gathers NOT LIKE 'erased:%')"
            ),
            key,
        )
    )
    sealed = connection.scalar(text("SELECT count(*) FROM log_openings WHERE key = :id"), key) or 0
    connection.execute(text("DELETE FROM log_openings WHERE key = :id"), key)
    connection.execute(text("DELETE FROM log_opening_keys WHERE name = :id"), key)
    connection.execute(
        text("UPDATE cases SET gathers = 'erased:' || id, state = 'decided' WHERE id = :id"), key
    )
    connection.execute(
        text("UPDATE actions SET did = '', cid = '', uri = '', why = '' WHERE case_id = :id"), key
    )
    connection.execute(text("UPDATE decisions SET note = '' WHERE case_id = :id"), key)
    connection.execute(text("DELETE FROM case_notes WHERE case_id = :id"), key)
    for table in ("tries", "messages"):
        connection.execute(
            text(f"DELETE FROM {table} WHERE action_id IN (SELECT id FROM actions WHERE case_id = :id)"), key
        )
    empty_reports_of_case(connection, case_id)
    connection.execute(text("DELETE FROM erasures WHERE case_id = :id"), key)
    connection.execute(text("DELETE FROM holds WHERE case_id = :id"), key)
    evidence = destroy_evidence(connection, case_id)
    return Erased(entries=sealed + erase_uploads(connection, own), evidence=evidence)
