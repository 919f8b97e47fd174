"""Telling: which messages follow from a match, a decision or its undoing, planned as actions of the outbox.

An app is told of its own uploads, where its API key has a webhook; the operator's own webhook of cases
and decisions. What a message says is read from the store when it is sent: it says what stands then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection

from bridge.catalogue import Category
from bridge.decisions import Choice
from bridge.events import Event, EventType
from bridge.receivers import OPERATOR, Receivers
from bridge.rules import Change
from bridge.store.actions import plan_message
from bridge.store.cases import banks_of_case
from bridge.store.messages import insert_message, receiver_of
from bridge.store.policies import in_force
from bridge.uploads import Source, new_id

LONGEST_NOTICE = 2_000
_NOTICE = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


class Kind(StrEnum):
    """What a message is about. A notice has a kind of its own: any word that is none of these."""

    VERDICT = "verdict"
    CASE = "case"
    DECISION = "decision"
    UNDONE = "undone"


class Sent(Protocol):
    """An upload, as far as it matters who is told of it."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def photo_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Telling:
    """A message to plan: `upload_id` is empty where it is about a case."""

    receiver: str
    kind: Kind
    upload_id: str = ""


def after_match(receivers: Receivers, upload: Sent, *, opened: bool, is_news: bool) -> list[Telling]:
    """`opened`: a case was opened by it. `is_news`: its app was answered otherwise before."""
    to_app = _to_app(receivers, upload) if is_news else []
    return [*to_app, *([Telling(OPERATOR, Kind.CASE)] if opened and receivers.tells_operator else [])]


def after_decision(receivers: Receivers, choice: Choice, files: Sequence[Sent]) -> list[Telling]:
    """Putting off is told to nobody."""
    tellings = [each for file in files if choice.decides for each in _to_app(receivers, file)]
    if choice is not Choice.LATER and receivers.tells_operator:
        tellings.append(Telling(OPERATOR, Kind.DECISION))
    return tellings


def plan_tellings(
    connection: Connection,
    tellings: Sequence[Telling],
    case_id: str,
    category: Category,
    actor: str = "bridge",
    *,
    wait_until: int = 0,
    decision: str = "",
) -> list[Event]:
    """Plans them where the policy says that it is told, not to be begun before `wait_until`: what is told
    cannot be taken back.
    """
    if not tellings or not _is_told(connection, case_id, category):
        return []
    return plan_anyway(
        connection, tellings, case_id, category, actor, wait_until=wait_until, decision=decision
    )


def plan_anyway(
    connection: Connection,
    tellings: Sequence[Telling],
    case_id: str,
    category: Category | None,
    actor: str,
    *,
    wait_until: int = 0,
    decision: str = "",
) -> list[Event]:
    """The same, whatever the policy says."""
    events = []
    for each in tellings:
        key = plan_message(connection, "webhook", case_id, each.upload_id, "", wait_until, decision)
        insert_message(connection, key, each.receiver, each.kind, "")
        facts: dict[str, str | int] = {"action": "webhook"}
        if category is not None:
            facts["category"] = category.value
        if each.upload_id:
            facts["upload"] = each.upload_id
        events.append(Event(EventType.ACTION_PLANNED, key, actor, facts, case_id=case_id))
    return events


def tell_of_undoing(
    connection: Connection, key: str, upload_id: str, case_id: str, category: Category, actor: str
) -> list[Event]:
    """Tells whoever was told of a decision, by the action of `key`, what stands again, at once."""
    receiver = receiver_of(connection, key)
    if receiver is None:
        return []
    telling = Telling(receiver, Kind.VERDICT if upload_id else Kind.UNDONE, upload_id)
    return plan_anyway(connection, [telling], case_id, category, actor)


def plan_notice(
    connection: Connection,
    kind: str,
    text: str,
    *,
    key: str = "",
    actor: str = "bridge",
    wait_until: int = 0,
) -> list[Event]:
    """Plans a message of `text` to the operator's own webhook, as the action `notify`; its events.

    `kind` is a word of `a-z0-9_.-` that a program can tell alarms apart by. With a `key` (letters of the
    caller's own choice, no personal ones: the log names it) it is told once only, and then there are no
    events. Before `wait_until` it is not told. Where `receivers.tells_operator` is false it fails: ask.
    """
    if not _NOTICE.fullmatch(kind) or kind in tuple(Kind):
        raise ValueError(f"{kind[:40]!r} is no kind of notice")
    planned = plan_message(connection, "notify", "", "", key or new_id(), wait_until, "")
    if not planned:
        return []
    insert_message(connection, planned, OPERATOR, kind, text[:LONGEST_NOTICE])
    return [Event(EventType.ACTION_PLANNED, planned, actor, {"action": "notify"})]


def _is_told(connection: Connection, case_id: str, category: Category) -> bool:
    """Where several banks matched, it is told if any of their rules says so."""
    policy = in_force(connection)
    rule = policy.rules[category]
    banks = banks_of_case(connection, case_id, category)
    rules = [policy.banks.get(bank.casefold(), Change()).over(rule) for bank in banks]
    return any(each.tell for each in rules or [rule])


def _to_app(receivers: Receivers, upload: Sent) -> list[Telling]:
    is_known = upload.source == Source.API and upload.photo_id and receivers.named(upload.sender)
    return [Telling(upload.sender, Kind.VERDICT, upload.id)] if is_known else []
