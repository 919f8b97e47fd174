"""Who is told of a decision: the apps whose uploads it is about, and the operator's own webhook."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.deciding.deed import Deed
from bridge.decisions import Choice
from bridge.receivers import Receivers
from bridge.store.decisions import File
from bridge.telling import after_decision, plan_tellings


def announce(deed: Deed, receivers: Receivers, choice: Choice, files: Sequence[File]) -> None:
    """When the undo window has ended: what is told cannot be taken back."""
    deed.events += plan_tellings(
        deed.connection,
        after_decision(receivers, choice, files),
        deed.case_id,
        deed.category,
        deed.actor,
        wait_until=deed.undo_until,
        decision=deed.batch,
    )
