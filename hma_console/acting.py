"""What follows from decisions and from policy, and what can be done about it: the outbox over the API.

All calls raise as those of `hma_console/client.py` do.
"""

from __future__ import annotations

from dataclasses import dataclass

from hma_console.answers import Body
from hma_console.wire import Wire


@dataclass(frozen=True, slots=True)
class Try:
    at: int
    what: str

    @classmethod
    def parse(cls, body: Body) -> Try:
        return cls(body.number("at"), body.text("what"))


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action; not begun before `wait_until`, tried again at `due_at`. Times are milliseconds.

    `decided_by` and `decided_at` (0 where nobody did) are of its decision, `ground` its reason in words.
    What tells somebody has a `message` of some kind for a `receiver`: operator, or `key:NAME` of an app.
    """

    id: int
    type: str
    state: str
    automatic: bool
    case_id: str
    upload_id: str
    subject: str
    did: str
    named: str
    reason: str
    planned_at: int
    ended_at: int | None
    wait_until: int
    decision: str
    attempts: int
    due_at: int | None
    trouble: str
    remedy: str
    decided_by: str
    decided_at: int
    ground: str
    message: str
    receiver: str
    tries: tuple[Try, ...]

    @property
    def is_open(self) -> bool:
        return self.state in ("planned", "running")

    @property
    def is_down(self) -> bool:
        """Whether it takes something away that can be brought back."""
        return self.type in ("takedown", "hold")

    @classmethod
    def parse(cls, body: Body) -> ActionRow:
        return cls(
            id=body.number("id"),
            type=body.text("type"),
            state=body.text("state"),
            automatic=body.flag("automatic"),
            case_id=body.text("case_id"),
            upload_id=body.text("upload_id"),
            subject=body.text("subject"),
            did=body.text("did"),
            named=body.text("named"),
            reason=body.text("reason"),
            planned_at=body.number("planned_at"),
            ended_at=body.maybe("ended_at"),
            wait_until=body.number("wait_until"),
            decision=body.text("decision"),
            attempts=body.number("attempts"),
            due_at=body.maybe("due_at"),
            trouble=body.text("trouble"),
            remedy=body.text("remedy"),
            decided_by=body.text("decided_by"),
            decided_at=body.number("decided_at"),
            ground=body.text("ground"),
            message=body.text("message"),
            receiver=body.text("receiver"),
            tries=body.many("tries", Try.parse),
        )


class Acting:
    """The actions of one bridge, through `wire`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def list(self, only: str = "all", limit: int = 100) -> tuple[ActionRow, ...]:
        """Failed ones first, then open ones, the newest first; `only` is all, open or failed."""
        answer = await self._wire.ask("GET", "/actions", params={"only": only, "limit": str(limit)})
        return Body(answer).many("actions", ActionRow.parse)

    async def retry(self, action: int) -> ActionRow:
        """Tried again now, and anew where it had failed."""
        return await self._about(action, "retry")

    async def drop(self, action: int) -> ActionRow:
        """Given up: it does not happen."""
        return await self._about(action, "drop")

    async def undo(self, action: int) -> ActionRow:
        """A takedown or hold is taken back; its case stays as it is."""
        return await self._about(action, "undo")

    async def _about(self, action: int, what: str) -> ActionRow:
        return ActionRow.parse(Body(await self._wire.ask("POST", f"/actions/{action}/{what}")))
