"""Deciding: a person's choice for a case becomes rows, actions and an entry of the log, in one transaction.

What can be reversed is carried out at once, what cannot waits until the undo window has ended. A batch
is one transaction: it happens whole or not at all, and one undo takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, text

from bridge.catalogue import Category
from bridge.compliance.leaf import time_text
from bridge.deciding.announcing import announce
from bridge.deciding.deed import Deed
from bridge.deciding.letting_go import let_go, let_go_beside, remember_false_match
from bridge.deciding.taking_down import take_down
from bridge.deciding.undoing import take_back
from bridge.decisions import Choice, Decided, DecisionRecord, Request, Undone, Wanted
from bridge.errors import CaseDecided, Conflict, InputError, NotFound
from bridge.events import Event, EventType
from bridge.jurisdiction import KEEP_RELEASED_DAYS, Profile
from bridge.reasons import Reason, reasons_for
from bridge.receivers import NOBODY, Receivers
from bridge.records import CaseRecord, CaseState
from bridge.settings import DecidingSettings
from bridge.store import decisions as stored
from bridge.store.action_rows import find_action
from bridge.store.cases import find_case, is_erased
from bridge.store.evidence import set_clock
from bridge.store.policies import in_force
from bridge.store.store import Store
from bridge.store.subjects import UP, Subject, newest_action
from bridge.uploads import DAY_MS, new_id, now_ms

LONGEST_NOTE = 4_000
MOST_CASES = 500


@dataclass(frozen=True, slots=True)
class _Made:
    decided: Decided
    events: tuple[Event, ...]


class Decisions:
    """Decides cases for persons. `profile` says how long evidence is kept, `receivers` who is told."""

    def __init__(
        self,
        store: Store,
        settings: DecidingSettings,
        profile: Profile | None,
        receivers: Receivers = NOBODY,
    ) -> None:
        self._store = store
        self._profile = profile
        self._receivers = receivers
        self.settings = settings  # others may be put in their place while it runs

    async def decide(self, request: Request, actor: str) -> Decided:
        """Raises NotFound, CaseDecided, InputError, StoreError: then nothing of it happened.

        A request whose key was used before is answered with what it did then.
        """
        _check(request)
        made = await self._store.write(partial(self._make, request=request, actor=actor), lambda m: m.events)
        return made.decided

    async def undo(self, batch: str, actor: str) -> Undone:
        """Takes a batch back. Raises NotFound, Conflict where it was undone already, StoreError."""
        done, _ = await self._store.write(
            partial(self._unmake, batch=batch, actor=actor), lambda result: result[1]
        )
        return done

    async def reverse(self, action_id: int, actor: str) -> None:
        """Takes one takedown or hold back, whatever decided it; its case stays as it is.

        Raises NotFound, Conflict where it does not stand, StoreError.
        """
        await self._store.write(partial(_reverse, action_id=action_id, actor=actor), tuple)

    async def note(self, case: str, words: str, actor: str) -> str:
        """Writes a note into a case; the case's id. Raises NotFound, InputError, StoreError."""
        words = words.strip()
        if not words or len(words) > LONGEST_NOTE:
            raise InputError(f"A note has 1 to {LONGEST_NOTE:,} letters.", "Write a shorter one.")
        case_id = (await self._store.read(lambda connection: find_case(connection, case))).id
        await self._store.write(
            lambda connection: _note(connection, case_id, words, actor),
            [Event(EventType.CASE_NOTED, case_id, actor, private={"note": words}, case_id=case_id)],
        )
        return case_id

    def _make(self, connection: Connection, request: Request, actor: str) -> _Made:
        if known := stored.batch_of_key(connection, request.key):
            return _Made(_as_made(stored.decisions_of_batch(connection, known)), ())
        batch, now = new_id(), now_ms()
        done: list[tuple[str, int, int, bool]] = []
        events: list[Event] = []
        for wanted in request.cases:
            case = find_case(connection, wanted.case)
            if any(case.id == already for already, *_ in done):
                raise InputError("A case is named twice.", "Name each once.")
            deed = Deed(connection, batch, case.id, case.category, actor, now + self.settings.undo_ms)
            done.append((case.id, *self._decide(deed, case, wanted, request, now)))
            events += deed.events
        return _Made(
            Decided(
                batch,
                request.choice,
                tuple(case for case, *_ in done),
                sum(files for _, files, _, _ in done),
                now + self.settings.undo_ms,
                sum(kept for _, _, kept, _ in done),
                tuple(case for case, _, _, waits in done if waits),
            ),
            tuple(events),
        )

    def _decide(
        self, deed: Deed, case: CaseRecord, wanted: Wanted, request: Request, now: int
    ) -> tuple[int, int, bool]:
        """How many files it was about, how many stay down for another case, whether any wait still."""
        if case.state is not CaseState.OPEN:
            raise _decided_already(deed.connection, case, now)
        choice, kept_down = request.choice, 0
        _check_reason(request, case.category, in_force(deed.connection).reasons)
        files = stored.waiting_files(deed.connection, case.id, wanted.uploads) if choice.decides else []
        number, ref = stored.insert_decision(
            deed.connection, request, deed.batch, case.id, deed.actor, deed.undo_until, files
        )
        if choice.takes_down:
            take_down(deed, case, choice, files)
        elif choice.lets_go:
            kept_down = let_go(deed, files)
            if not wanted.uploads:
                kept_down += let_go_beside(deed)
            if choice is Choice.REMEMBER:
                remember_false_match(deed, number, files)
        announce(deed, self._receivers, request, files)
        facts: dict[str, str | int] = {
            "decision": ref,
            "choice": choice.value,
            "reason": request.reason,
            "files": len(files),
            "kept_down": kept_down,
            "category": case.category.value,
        }
        private = {"note": request.note} if request.note else {}
        said = Event(EventType.DECISION_MADE, case.id, deed.actor, facts, private, case.id)
        deed.events.insert(0, said)
        return len(files), kept_down, self._mark(deed, choice, now)

    def _mark(self, deed: Deed, choice: Choice, now: int) -> bool:
        """Writes down how the case stands now; whether files of it wait still."""
        key = {"id": deed.case_id, "now": now, "later": now + self.settings.later_ms}
        if choice is Choice.LATER:
            statement = "UPDATE cases SET later_until = :later, updated_at = :now WHERE id = :id"
        elif choice is Choice.ESCALATE:
            statement = (
                "UPDATE cases SET escalated_at = :now, later_until = 0, updated_at = :now WHERE id = :id"
            )
        elif stored.waiting_files(deed.connection, deed.case_id):
            statement = "UPDATE cases SET later_until = 0, updated_at = :now WHERE id = :id"
        else:
            statement = (
                "UPDATE cases SET state = 'decided', decided_at = :now, later_until = 0, updated_at = :now"
                " WHERE id = :id"
            )
            self._start_clock(deed, now)
            deed.connection.execute(text(statement), key)
            return False
        deed.connection.execute(text(statement), key)
        return True

    def _start_clock(self, deed: Deed, now: int) -> None:
        """Evidence of what was released ends soon, of what was taken down later; child safety's when it
        was reported.
        """
        standing = stored.decisions_of_case(deed.connection, deed.case_id)
        chosen = [each.choice for each in standing if each.stands and each.choice.decides]
        if all(choice.lets_go for choice in chosen):
            until = now + KEEP_RELEASED_DAYS * DAY_MS
        elif self._profile is not None and deed.category is not Category.CHILD_SAFETY:
            until = now + self._profile.keep_reported_days * DAY_MS
        else:
            return
        if set_clock(deed.connection, deed.case_id, until):
            facts = {"until": time_text(until)}
            deed.events.append(
                Event(EventType.EVIDENCE_CLOCK, deed.case_id, facts=facts, case_id=deed.case_id)
            )

    def _unmake(self, connection: Connection, batch: str, actor: str) -> tuple[Undone, tuple[Event, ...]]:
        made = stored.decisions_of_batch(connection, batch)
        if not made:
            raise NotFound("There is no such decision.", "Read the case anew.")
        if all(each.undone_at is not None for each in made):
            raise Conflict("This decision was undone already.", "Read the case anew.")
        made = [each for each in made if each.stands]
        if not made:
            raise Conflict("This decision was appealed.", "Decide the case anew instead.")
        told, events = 0, []
        for each in made:
            case = find_case(connection, each.case_id)
            if is_erased(connection, case.id):
                raise Conflict("A case of this decision was erased.", "Nothing of it can be undone.")
            deed = Deed(connection, batch, case.id, case.category, actor, 0)
            told += (left := take_back(deed, is_first=each is made[0]))
            _open_again(connection, case.id, each.choice)
            facts: dict[str, str | int] = {"decision": _ref(connection, batch, case.id), "told": left}
            events.append(Event(EventType.DECISION_UNDONE, case.id, actor, facts, case_id=case.id))
            events += deed.events
        stored.mark_undone(connection, batch, actor)
        return Undone(batch, tuple(each.case_id for each in made), told), tuple(events)


def _check(request: Request) -> None:
    if not request.cases:
        raise InputError("No case is named.", "Name one by its id.")
    if len(request.cases) > MOST_CASES:
        raise InputError(f"At most {MOST_CASES} cases are decided together.", "Decide them in parts.")
    if len(request.note) > LONGEST_NOTE:
        raise InputError(f"A note has at most {LONGEST_NOTE:,} letters.", "Write a shorter one.")


def _check_reason(request: Request, category: Category, among: Sequence[Reason]) -> None:
    codes = [reason.code for reason in reasons_for(request.choice, category, among)]
    if request.reason not in codes:
        raise InputError(
            f"{request.reason[:40]!r} is no reason for {request.choice.value}.", f"Use {', '.join(codes)}."
        )


def _as_made(made: list[DecisionRecord]) -> Decided:
    return Decided(
        made[0].batch,
        made[0].choice,
        tuple(each.case_id for each in made),
        sum(len(each.uploads) for each in made),
        made[0].undo_until,
    )


def _decided_already(connection: Connection, case: CaseRecord, now: int) -> CaseDecided:
    last = stored.newest_decision(connection, case.id)
    if last is None:
        return CaseDecided(f"Case {case.id} is closed.", "Read it anew.")
    who = last.actor.partition(":")[2] or last.actor
    ago = max(0, now - last.at) // 1000
    return CaseDecided(
        f"Case {case.id} was decided by {who} {ago} s ago: {last.choice.done}.", "u undoes it."
    )


def _open_again(connection: Connection, case_id: str, choice: Choice) -> None:
    cleared = {Choice.LATER: "later_until = 0", Choice.ESCALATE: "escalated_at = 0"}
    statement = f"UPDATE cases SET {cleared.get(choice, _OPEN)}, updated_at = :now WHERE id = :id"
    connection.execute(text(statement), {"now": now_ms(), "id": case_id})
    if choice.decides:
        set_clock(connection, case_id, None)


_OPEN = "state = 'open', decided_at = 0"


def _reverse(connection: Connection, action_id: int, actor: str) -> tuple[Event, ...]:
    action = find_action(connection, action_id)
    cid, uri = (action.named, "") if action.subject == "blob" else ("", action.named)
    subject = Subject(action.did, cid, uri if action.subject == "record" else "")
    newest = newest_action(connection, subject) if action.did else None
    if newest is None or newest.id != action_id or not newest.is_down:
        raise Conflict("This does not stand, so it cannot be taken back.", "Read the actions anew.")
    case = find_case(connection, action.case_id)
    deed = Deed(connection, new_id(), case.id, case.category, actor, 0)
    deed.end(newest)
    if newest.state != "planned":
        deed.plan(UP, subject, action.upload_id, why="taken back", undoes=True)
    return tuple(deed.events)


def _ref(connection: Connection, batch: str, case_id: str) -> str:
    key = {"batch": batch, "case": case_id}
    return str(
        connection.scalar(text("SELECT ref FROM decisions WHERE batch = :batch AND case_id = :case"), key)
    )


def _note(connection: Connection, case_id: str, words: str, actor: str) -> None:
    connection.execute(
        text("INSERT INTO case_notes (case_id, at, actor, text) VALUES (:case, :now, :actor, :text)"),
        {"case": case_id, "now": now_ms(), "actor": actor, "text": words},
    )
