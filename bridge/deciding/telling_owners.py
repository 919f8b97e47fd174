"""Which owners of lists are told of a decision: that a match of their entry was right, or was none."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.banks.exchanges.feedback import takes_feedback
from bridge.deciding.deed import Deed
from bridge.decisions import Choice
from bridge.events import Event, EventType
from bridge.rules import Change
from bridge.store.actions import plan_message
from bridge.store.decisions import File
from bridge.store.feedbacks import Opinion, insert_feedback, matched_entries, was_told
from bridge.store.policies import in_force

FALSE_POSITIVE = "false-positive"
"""The reason that says that the picture is another one than the list's. Others say nothing of its entry."""


def tell_owners(deed: Deed, choice: Choice, reason: str, files: Sequence[File]) -> None:
    """When the undo window has ended, where the policy says of the bank that it is told, and once.

    The owner learns which of its entries it is about and what was decided: nothing of the upload.
    """
    opinion = opinion_of(choice, reason)
    if opinion is None:
        return
    policy = in_force(deed.connection)
    for listed in matched_entries(deed.connection, [file.id for file in files], deed.category):
        rule = policy.banks.get(listed.bank.casefold(), Change()).over(policy.rules[deed.category])
        if not rule.tell or not takes_feedback(listed.kind, listed.settings):
            continue
        if was_told(deed.connection, listed, opinion):
            continue
        key = plan_message(deed.connection, "feedback", deed.case_id, "", "", deed.undo_until, deed.batch)
        insert_feedback(deed.connection, key, listed, opinion)
        facts: dict[str, str | int] = {
            "action": "feedback",
            "category": deed.category.value,
            "bank": listed.bank_id,
            "entry": listed.entry_id,
            "opinion": opinion.value,
        }
        deed.events.append(
            Event(
                EventType.ACTION_PLANNED, key, deed.actor, facts, {"bank": listed.bank}, case_id=deed.case_id
            )
        )


def opinion_of(choice: Choice, reason: str) -> Opinion | None:
    """What a decision says of the entries that matched; None where it says nothing of them."""
    if choice.takes_down:
        return Opinion.CONFIRMED
    is_another = choice is Choice.REMEMBER or (choice is Choice.RELEASE and reason == FALSE_POSITIVE)
    return Opinion.FALSE if is_another else None
