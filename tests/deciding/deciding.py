"""A pipeline, and what decides its cases: on a real store, with nothing that carries the actions out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import text

from bridge.atproto.cids import cid_of
from bridge.catalogue import Category
from bridge.deciding.decisions import Decisions
from bridge.decisions import Choice, Decided, Request, Wanted
from bridge.events import Event, EventType
from bridge.jurisdiction import PROFILES
from bridge.orders import Order
from bridge.outcomes import Outcome
from bridge.reasons import reasons_for
from bridge.receiving import content_of
from bridge.records import CaseRecord
from bridge.settings import DecidingSettings
from bridge.store.cases import find_case
from bridge.store.outbox import due_actions
from bridge.uploads import DAY_MS, Source, Upload, now_ms
from tests.houses import House, png

ANA = "did:plc:ana"
BOB = "did:plc:bob"


@dataclass(frozen=True, slots=True)
class Row:
    type: str
    state: str
    did: str
    cid: str


class Deciding:
    """`choose` decides as the user ana."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.store = house.store
        self.decisions = Decisions(house.store, DecidingSettings(), PROFILES["US"])

    async def posted(self, body: bytes, did: str = ANA, *, hold: bool = False) -> Outcome:
        """An upload on the PDS; with `hold` as the gate holds it."""
        upload = Upload(Source.GATE, "gate", did=did, cid=cid_of(hashlib.sha256(body).digest()))
        content = content_of(body)
        outcome = await self.house.pipeline.examine(upload, content)
        return await self.house.pipeline.record(outcome, content, Order(hold=hold))

    async def choose(
        self,
        choice: Choice,
        *cases: str | Wanted,
        reason: str = "",
        key: str = "",
        note: str = "",
    ) -> Decided:
        wanted = [each if isinstance(each, Wanted) else Wanted(each) for each in cases]
        named = {"key": key} if key else {}
        reason = reason or reasons_for(choice, Category.OWN)[0].code
        return await self.decisions.decide(Request(wanted, choice, reason, note, **named), "user:ana")

    async def case(self, case_id: str) -> CaseRecord:
        return await self.store.read(lambda connection: find_case(connection, case_id))

    async def actions(self) -> list[Row]:
        """Without preservations, oldest first."""
        statement = text("SELECT type, state, did, cid FROM actions WHERE type <> 'preserve' ORDER BY id")
        return [Row(*row) for row in await self.store.read(lambda c: c.execute(statement).all())]

    async def planned(self) -> list[tuple[str, str]]:
        return [(row.type, row.state) for row in await self.actions()]

    async def due(self) -> list[str]:
        return [action.type for action in await self.store.read(lambda c: due_actions(c, 99))]

    async def carry_out(self, state: str = "confirmed") -> None:
        """What is due now is begun, or was confirmed, as far as the store goes."""
        due = await self.store.read(lambda c: [action.id for action in due_actions(c, 99)])
        for action_id in due:
            await self.set_state(action_id, state)

    async def set_state(self, action_id: int, state: str) -> None:
        statement = text("UPDATE actions SET state = :state WHERE id = :id")
        await self.store.write(
            lambda c: c.execute(statement, {"state": state, "id": action_id}),
            [Event(EventType.ACTION_CONFIRMED, "test")],
        )

    async def keep(self, case_id: str, upload_id: str) -> None:
        """Evidence of an upload, as if it had been kept."""
        statement = text(
            "INSERT INTO evidence (case_id, upload_id, kept_at, why) VALUES (:case, :upload, 0, 'not here')"
        )
        values = {"case": case_id, "upload": upload_id}
        await self.store.write(
            lambda c: c.execute(statement, values), [Event(EventType.EVIDENCE_KEPT, case_id)]
        )

    async def days_left(self, case_id: str) -> list[float | None]:
        """Until each piece of a case's evidence is destroyed."""
        return [None if at is None else (at - now_ms()) / DAY_MS for at in await self.destroyed_at(case_id)]

    async def destroyed_at(self, case_id: str) -> list[int | None]:
        statement = text("SELECT destroy_at FROM evidence WHERE case_id = :id")
        return list(await self.store.read(lambda c: c.scalars(statement, {"id": case_id}).all()))


async def held(deciding: Deciding, *pictures: int, did: str = ANA) -> str:
    """A case of pictures that were held at the gate and are down by now; its id."""
    case_id = ""
    for number in pictures:
        case_id = (await deciding.posted(png(number), did, hold=True)).case_id
    await deciding.carry_out()
    return case_id
