"""What one decision does to one case, gathered inside its transaction: rows now, events for the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from bridge.catalogue import Category
from bridge.events import Event, EventType
from bridge.store.actions import plan_decided
from bridge.store.subjects import Newest, Subject, end_action


@dataclass(slots=True)
class Deed:
    """`batch` names the decision, or the one that is undone; `undo_until` is its window's end."""

    connection: Connection
    batch: str
    case_id: str
    category: Category
    actor: str
    undo_until: int
    events: list[Event] = field(default_factory=list)

    def plan(
        self,
        action: str,
        subject: Subject,
        upload_id: str = "",
        *,
        why: str = "decided",
        waits: bool = False,
        undoes: bool = False,
    ) -> None:
        """Plans an action; what cannot be reversed `waits` for the window's end. One that `undoes` belongs
        to no decision: nobody takes it back with one.
        """
        key = plan_decided(
            self.connection,
            self.case_id,
            action,
            subject,
            upload_id,
            why,
            self.undo_until if waits else 0,
            "" if undoes else self.batch,
        )
        facts: dict[str, str | int] = {"action": action, "category": self.category.value}
        if upload_id:
            facts["upload"] = upload_id
        self.events.append(Event(EventType.ACTION_PLANNED, key, self.actor, facts, case_id=self.case_id))

    def end(self, action: Newest) -> None:
        """Ends an action that has not come to its end by itself."""
        if end_action(self.connection, action.id, self.batch):
            facts: dict[str, str | int] = {"action": action.type}
            if action.upload_id:
                facts["upload"] = action.upload_id
            self.events.append(
                Event(EventType.ACTION_CANCELLED, action.key, self.actor, facts, case_id=action.case_id)
            )
