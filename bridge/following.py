"""What follows from an upload's outcome, inside the transaction that records it: matches, cases, actions.

What was planned waits in the outbox for its runner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge import policy
from bridge.catalogue import Category
from bridge.events import Event, EventType
from bridge.evidence import Keeping, keep_evidence
from bridge.orders import PRESERVATION, Order, Planned, planned
from bridge.outcomes import Outcome
from bridge.receivers import Receivers
from bridge.store import actions, cases, rematching, uploads
from bridge.store.messages import standing_answer
from bridge.telling import after_match, plan_tellings
from bridge.upload_events import action_planned, case_joined, upload_seen


@dataclass(frozen=True, slots=True)
class Recorded:
    outcome: Outcome
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """The case that the upload is in under a category, and whether it was opened by it."""

    id: str
    opened: bool


Answered = tuple[bool, str]
"""Whether an upload was called matched, and the answer: what its app knows so far."""


def follow(
    connection: Connection,
    outcome: Outcome,
    consequence: policy.Consequence,
    keeping: Keeping | None,
    order: Order,
    receivers: Receivers,
    answered: Answered | None = None,
) -> Recorded:
    """`answered` is what an app was answered when the upload was checked before, None for the first time."""
    upload, sha256 = outcome.upload, outcome.signals.sha256
    uploads.insert_matches(connection, upload.id, outcome.matches)
    seen = EventType.UPLOAD_RECORDED if answered is None else EventType.UPLOAD_RECHECKED
    rematching.note_late(connection, upload.id, outcome.through)
    events = [upload_seen(seen, upload, sha256, outcome.verdict, outcome.matches, consequence)]
    joined: dict[Category, _Case] = {}
    for category in consequence.categories:
        case_id, opened = cases.join_case(connection, upload, sha256, category)
        joined[category] = _Case(case_id, opened)
        events += case_joined(upload, sha256, outcome.matches, category, case_id, order.actor, opened=opened)
    if joined:
        events += _act(connection, outcome, consequence, keeping, order, joined)
        events += _tell(connection, outcome, joined, receivers, answered)
    first = next((case.id for case in joined.values()), "")
    done = replace(outcome, answer=consequence.answer, takedown=consequence.takedown, case_id=first)
    return Recorded(done, tuple(events))


def _act(
    connection: Connection,
    outcome: Outcome,
    consequence: policy.Consequence,
    keeping: Keeping | None,
    order: Order,
    joined: Mapping[Category, _Case],
) -> list[Event]:
    """Keeps evidence, and plans its preservation and the takedown that the upload calls for."""
    upload, events = outcome.upload, []
    to_do: list[Planned] = []
    if keeping is not None and keeping.is_wanted:
        by_category = {category: case.id for category, case in joined.items()}
        events += keep_evidence(connection, upload.id, outcome.signals.sha256, by_category, keeping)
        if upload.is_on_pds:
            to_do.append(PRESERVATION)
    if action := planned(consequence, upload, order):
        to_do.append(action)
    for action in to_do:
        category = action.category or next(iter(joined))
        case_id = joined[category].id
        if key := actions.plan(connection, upload, case_id, action):
            events.append(action_planned(upload.id, key, action.type, category, case_id, order.actor))
    return events


def _tell(
    connection: Connection,
    outcome: Outcome,
    joined: Mapping[Category, _Case],
    receivers: Receivers,
    answered: Answered | None,
) -> list[Event]:
    """Plans what the operator hears of new cases, and an app of what it was answered otherwise before."""
    upload, events = outcome.upload, []
    is_news = answered is not None and standing_answer(connection, upload.id) != answered
    for category, case in joined.items():
        tellings = after_match(receivers, upload, opened=case.opened, is_news=is_news)
        events += plan_tellings(connection, tellings, case.id, category)
        is_news = False  # once, whatever number of cases it is in
    return events
