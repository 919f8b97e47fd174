"""Who is told of a decision: the apps whose uploads it is about, your webhook, owners of lists."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.deciding.deed import Deed
from bridge.deciding.telling_owners import tell_owners
from bridge.decisions import Request
from bridge.receivers import Receivers
from bridge.store.decisions import File
from bridge.telling import after_decision, plan_tellings


def announce(deed: Deed, receivers: Receivers, request: Request, files: Sequence[File]) -> None:
    """When the undo window has ended: what is told cannot be taken back."""
    deed.events += plan_tellings(
        deed.connection,
        after_decision(receivers, request.choice, files),
        deed.case_id,
        deed.category,
        deed.actor,
        wait_until=deed.undo_until,
        decision=deed.batch,
    )
    tell_owners(deed, request.choice, request.reason, files)
