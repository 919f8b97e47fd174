"""Appeals: somebody asks for another decision, so the case waits again with all its files.

What was decided before stands at the PDS until something else is decided; it only covers no file any
more. An upload that the gate refused is in no case: its appeal opens one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from bridge.deciding.decisions import LONGEST_NOTE
from bridge.decisions import Appealed
from bridge.errors import Conflict, InputError, NotFound
from bridge.events import Event, EventType
from bridge.records import CaseRecord, CaseState
from bridge.store.appeals import Contested, category_of, find_contested, mark_appealed
from bridge.store.cases import find_case, is_erased, join_case
from bridge.store.decisions import supersede
from bridge.store.evidence import set_clock
from bridge.store.store import Store
from bridge.upload_events import case_joined

_Done = tuple[Appealed, tuple[Event, ...]]


class Appeals:
    """Takes appeals, with what the person who appeals says, which may be nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, named: str, words: str, actor: str) -> Appealed:
        """Of the case whose id begins so, or of an upload by the reference that its uploader was given.

        Raises NotFound, Conflict where one waits already or nothing was decided, InputError, StoreError.
        """
        return await self._write(partial(_take_named, named=named, words=_checked(words), actor=actor))

    async def take_of_app(self, upload_id: str, photo_id: str, words: str, actor: str) -> Appealed:
        """Of an app's own upload, by its id or by the app's name for it. Raises as `take`."""
        if not (upload_id or photo_id):
            raise InputError("Give `upload_id` or `photo_id`.")

        def change(connection: Connection) -> _Done:
            found = find_contested(connection, upload_id=upload_id, photo_id=photo_id, sender=actor)
            if found is None:
                raise NotFound("You sent no such upload.", "Give the upload_id that you were answered.")
            return _take_upload(connection, found, words, actor)

        words = _checked(words)
        return await self._write(change)

    async def _write(self, change: Callable[[Connection], _Done]) -> Appealed:
        done, _ = await self._store.write(change, lambda result: result[1])
        return done


def _checked(words: str) -> str:
    words = words.strip()
    if len(words) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE:,} letters.", "Write a shorter one.")
    return words


def _take_named(connection: Connection, named: str, words: str, actor: str) -> _Done:
    found = find_contested(connection, upload_id=named)
    if found is not None:
        return _take_upload(connection, found, words, actor)
    case = find_case(connection, named)
    return Appealed((case.id,)), tuple(_take_case(connection, case, words, actor))


def _take_upload(connection: Connection, found: Contested, words: str, actor: str) -> _Done:
    """All cases that the upload is in, but for those where an appeal waits."""
    if not found.cases:
        return _open_case(connection, found, words, actor)
    cases = [find_case(connection, case_id) for case_id in found.cases]
    ready = [case for case in cases if not _waits(case)] or cases
    events = [
        event for case in ready for event in _take_case(connection, case, words, actor, found.upload.id)
    ]
    return Appealed(tuple(case.id for case in ready)), tuple(events)


def _open_case(connection: Connection, found: Contested, words: str, actor: str) -> _Done:
    if not (found.was_refused and found.sha256):
        raise Conflict("Nothing was decided about this upload.", "There is nothing to appeal.")
    category = category_of(connection, found.upload.id)
    case_id, opened = join_case(connection, found.upload, found.sha256, category)
    events = case_joined(found.upload, found.sha256, (), category, case_id, actor, opened=opened)
    case = find_case(connection, case_id)
    events += _take_case(connection, case, words, actor, found.upload.id)
    return Appealed((case_id,), opened), tuple(events)


def _take_case(
    connection: Connection, case: CaseRecord, words: str, actor: str, upload_id: str = ""
) -> list[Event]:
    if is_erased(connection, case.id):
        raise Conflict("This case was erased: nothing is left to decide.", "Answer the person directly.")
    if _waits(case):
        raise Conflict(
            "An appeal of this case waits already.", f"`hma-console case note {case.id}` adds to it."
        )
    superseded = supersede(connection, case.id)
    mark_appealed(connection, case.id, actor, words)
    set_clock(connection, case.id, None)  # what is contested is not destroyed
    facts: dict[str, str | int] = {"superseded": superseded}
    if upload_id:
        facts["upload"] = upload_id
    private = {"note": words} if words else {}
    return [Event(EventType.CASE_APPEALED, case.id, actor, facts, private, case.id)]


def _waits(case: CaseRecord) -> bool:
    return case.state is CaseState.OPEN and bool(case.appealed_at)
