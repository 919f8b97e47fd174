"""Carrying out what apps and operators ask for by `POST /action`, each request once.

An app may name its own uploads, by the photo ids it gave them, and what is on the PDS. What matched a
list of others is for a person: there an app decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bridge.actions.asking import Ask, Asked
from bridge.catalogue import Category
from bridge.deciding.decisions import Decisions
from bridge.decisions import Choice, Request, Wanted
from bridge.errors import Conflict, Forbidden, NotFound
from bridge.events import Event
from bridge.orders import Order
from bridge.reasons import reasons_for
from bridge.receivers import OPERATOR, Receivers
from bridge.records import CaseRecord
from bridge.store.asked import (
    KEEP_DAYS,
    AskedRecord,
    Result,
    action_of_key,
    case_of_upload,
    find_asked,
    finish,
    has_actions,
    last_action_id,
    open_cases_of,
    photo_uploads,
    reserve,
    senders_of,
)
from bridge.store.cases import find_case, join_case
from bridge.store.policies import in_force
from bridge.store.store import Store
from bridge.store.subjects import Subject, newest_action
from bridge.telling import Kind, Telling, plan_anyway, plan_notice
from bridge.upload_events import case_joined
from bridge.uploads import Upload

if TYPE_CHECKING:  # only where a PDS is watched
    from bridge.atproto.by_hand import ByHand

NOTICE = "message"
"""The kind of a notice that somebody asked for."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A request under its id, and who asks. `sender` is the app that may name only its own uploads."""

    ask: Ask
    id: str
    actor: str
    sender: str | None


class AskedActions:
    """`by_hand` is None where no PDS is watched."""

    def __init__(
        self, store: Store, decisions: Decisions, receivers: Receivers, by_hand: ByHand | None
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._receivers = receivers
        self._by_hand = by_hand
        self._under_way: set[tuple[str, str]] = set()

    async def carry_out(self, ask: Ask, actor: str, *, is_operator: bool) -> AskedRecord:
        """Decides or plans it; a request whose key was used before is answered as it is now.

        Raises Conflict where the key was another request's, or this one is being carried out; NotFound,
        Forbidden, InputError, CaseDecided, Unreachable, StoreError.
        """
        named = (actor, ask.key)
        if named in self._under_way:
            raise Conflict("This request is being carried out.", "Ask for it again in a moment.")
        self._under_way.add(named)
        try:
            asked = await self._store.write(
                lambda c: reserve(c, actor, ask.key, ask.digest, ask.type.value), ()
            )
            if not asked.is_done:
                result = await self._do(_Job(ask, asked.id, actor, None if is_operator else actor))
                await self._store.write(lambda c: finish(c, asked.id, result), ())
            return await self.find(asked.id, None)
        finally:
            self._under_way.discard(named)

    async def find(self, asked_id: str, actor: str | None) -> AskedRecord:
        """A request of this actor, of any where there is none. Raises NotFound."""
        found = await self._store.read(lambda connection: find_asked(connection, asked_id, actor))
        if found is None:
            raise NotFound("There is no such action.", f"Actions are known for {KEEP_DAYS} days.")
        return found

    async def _do(self, job: _Job) -> Result:
        match job.ask.type:
            case Asked.NOTIFY:
                return await self._notify(job)
            case Asked.WEBHOOK:
                return await self._tell(job)
            case Asked.RESTORE:
                return await self._restore(job)
            case Asked.TAKEDOWN | Asked.RELEASE if not job.ask.account:
                return await self._decide(job)
            case Asked.REVIEW if job.ask.photo_id:
                return Result(await self._open_case(job))
            case _:
                return await self._on_pds(job)

    async def _decide(self, job: _Job) -> Result:
        """A case, or all that waits of a photo; taking down what waits nowhere opens a case of it."""
        choice = Choice.TAKEDOWN if job.ask.type is Asked.TAKEDOWN else Choice.RELEASE
        wanted = await self._store.read(lambda c: _wanted(c, job))
        if not wanted and choice is Choice.TAKEDOWN:
            await self._open_case(job)
            wanted = await self._store.read(lambda c: _wanted(c, job))
        if not wanted:
            raise Conflict("Nothing of this photo waits to be decided.", "An operator can undo a decision.")
        reason = await self._store.read(lambda c: _reason(c, job, choice, wanted))
        made = await self._decisions.decide(Request(wanted, choice, reason, key=job.id), job.actor)
        return Result(made.cases[0], made.batch)

    async def _open_case(self, job: _Job) -> str:
        """Puts a photo before a person, whatever it matched; the case's id."""

        def join(connection: Connection) -> tuple[str, list[Event]]:
            (upload, sha256), *_ = _photo(connection, job)
            case_id, opened = join_case(connection, upload, sha256, Category.OWN)
            return case_id, case_joined(upload, sha256, (), Category.OWN, case_id, job.actor, opened=opened)

        case_id, _ = await self._store.write(join, lambda joined: joined[1])
        return case_id

    async def _on_pds(self, job: _Job) -> Result:
        """Takes down, or puts before a person, what the PDS has."""
        takes_down = job.ask.type is Asked.TAKEDOWN
        order = Order(opens=Category.OWN, takes_down=takes_down, actor=job.actor)
        before = await self._store.read(last_action_id)
        opened = await self._hand().open(job.ask.words, order)
        if job.ask.reason:
            await self._decisions.note(opened.case_id, job.ask.reason, job.actor)
        if not takes_down:
            return Result(opened.case_id)
        planned = Result(
            opened.case_id, first_action=before + 1, last_action=await self._store.read(last_action_id)
        )
        return await self._store.read(lambda c: planned if has_actions(c, planned) else _standing(c, job))

    async def _restore(self, job: _Job) -> Result:
        """Takes back what stands of a subject; what was taken back already stays so."""
        self._hand()
        found = await self._store.read(lambda c: newest_action(c, _subject(job.ask)))
        if found is None:
            raise NotFound("Nothing of this was taken down here.", "Name it as it was taken down.")
        case = await self._store.read(lambda c: find_case(c, found.case_id))
        if job.sender is not None and (case.category.is_listed or not (job.ask.cid or job.ask.uri)):
            raise Forbidden("Only an operator may restore this.", "Ask one.")
        if found.is_down:
            await self._decisions.reverse(found.id, job.actor)
        return await self._store.read(lambda c: _standing(c, job))

    async def _notify(self, job: _Job) -> Result:
        if not self._receivers.tells_operator:
            raise Conflict("No webhook of the operator is set.", "Set webhooks.url, and start again.")
        await self._store.write(
            lambda c: plan_notice(c, NOTICE, job.ask.reason, key=job.id, actor=job.actor), lambda e: e
        )
        number = await self._store.read(lambda c: action_of_key(c, f"notify:{job.id}"))
        return Result(first_action=number, last_action=number)

    async def _tell(self, job: _Job) -> Result:
        """Tells an app, or the operator's own webhook, what stands of a photo or a case."""

        def plan(connection: Connection) -> tuple[Result, list[Event]]:
            telling, case_id, category = _telling(connection, job)
            if self._receivers.named(telling.receiver) is None:
                raise Conflict("No webhook is set for it.", "Set [webhooks] in config.toml, and start again.")
            events = plan_anyway(connection, [telling], case_id, category, job.actor)
            number = last_action_id(connection)
            return Result(case_id, first_action=number, last_action=number), events

        result, _ = await self._store.write(plan, lambda planned: planned[1])
        return result

    def _hand(self) -> ByHand:
        if self._by_hand is None:
            raise Conflict("No PDS is watched.", 'Set pds.url, and pds.mode = "firehose".')
        return self._by_hand


def _wanted(connection: Connection, job: _Job) -> list[Wanted]:
    """The cases that are to be decided, each with the uploads that are meant."""
    if job.ask.case_id:
        return [Wanted(_case(connection, job).id)]
    found: dict[str, list[str]] = {}
    for upload, _ in _photo(connection, job):
        for case_id in open_cases_of(connection, upload.id):
            found.setdefault(case_id, []).append(upload.id)
    for case_id in found:
        _check_category(job, find_case(connection, case_id).category)
    return [Wanted(case_id, tuple(uploads)) for case_id, uploads in found.items()]


def _reason(connection: Connection, job: _Job, choice: Choice, wanted: Sequence[Wanted]) -> str:
    """The one that was given, else the first that the policy has for it."""
    category = find_case(connection, wanted[0].case).category
    return job.ask.reason or reasons_for(choice, category, in_force(connection).reasons)[0].code


def _case(connection: Connection, job: _Job) -> CaseRecord:
    """An app names a case by its whole id, and only one of its own uploads alone."""
    if job.sender is None:
        return find_case(connection, job.ask.case_id)
    if senders_of(connection, job.ask.case_id) != {job.sender}:
        raise NotFound("There is no case of this id with your uploads alone.", "Name the photo instead.")
    case = find_case(connection, job.ask.case_id)
    if job.ask.type is not Asked.WEBHOOK:
        _check_category(job, case.category)
    return case


def _check_category(job: _Job, category: Category) -> None:
    if job.sender is not None and category.is_listed:
        raise Forbidden("What matched a list is decided by an operator.", "Hide it until you are told.")


def _photo(connection: Connection, job: _Job) -> list[tuple[Upload, bytes]]:
    """Raises NotFound, Conflict where several apps have such a photo."""
    found = photo_uploads(connection, job.ask.photo_id, job.sender)
    if not found:
        raise NotFound("No upload with this photo_id is known.", "Name it as it was uploaded.")
    if len({upload.sender for upload, _ in found}) > 1:
        raise Conflict("Several apps have a photo of this id.", "Name its case instead.")
    return found


def _telling(connection: Connection, job: _Job) -> tuple[Telling, str, Category | None]:
    """Whom to tell, and of which case; of a photo its newest upload."""
    if job.ask.case_id:
        case = _case(connection, job)
        return Telling(OPERATOR, Kind.CASE), case.id, case.category
    (upload, _), *_ = _photo(connection, job)
    case_id = case_of_upload(connection, upload.id)
    category = find_case(connection, case_id).category if case_id else None
    return Telling(upload.sender, Kind.VERDICT, upload.id), case_id, category


def _subject(ask: Ask) -> Subject:
    return Subject(ask.account, "" if ask.uri else ask.cid, ask.uri)


def _standing(connection: Connection, job: _Job) -> Result:
    """The action that says what stands of the subject."""
    newest = newest_action(connection, _subject(job.ask))
    return Result(newest.case_id, first_action=newest.id, last_action=newest.id) if newest else Result()
