"""What is found later: an upload that matched nothing, or something else, matches an entry that is new.

It is revised as after a late check, with two differences. What was decided of it stands: only matches that
it did not have before open or join a case, and none of a category under which somebody took it down. And
nobody waits for an answer: a near match is for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from bridge import policy
from bridge.catalogue import Category
from bridge.events import Event
from bridge.evidence import Evidence, Keeping
from bridge.following import follow
from bridge.orders import Order
from bridge.outcomes import Outcome
from bridge.receivers import NOBODY, Receivers
from bridge.store import policies, rematching, uploads
from bridge.store.messages import standing_answer
from bridge.uploads import Source
from bridge.verdicts import Match, Verdict


@dataclass(frozen=True, slots=True)
class Following:
    """What follows from a match: evidence, what the gate would have done, and who is told."""

    evidence: Evidence | None = None
    gate: policy.GateMode | None = None
    receivers: Receivers = NOBODY


async def keep(following: Following, outcome: Outcome) -> Keeping | None:
    """What is kept of it; its bytes only where the vault has them, for they are not fetched."""
    if following.evidence is None:
        return None
    opens = policy.opens(policy.standing(outcome.matches))
    return await following.evidence.keep(outcome.upload, opens, outcome.signals.sha256, None)


def record_found(
    connection: Connection, outcome: Outcome, keeping: Keeping | None, following: Following
) -> list[Event]:
    """Adds the matches that are new to the upload, with what follows; no events where there are none."""
    upload, sha256 = outcome.upload, outcome.signals.sha256
    former = rematching.former(connection, upload.id, sha256)
    if former is None:
        return []
    fresh = tuple(
        replace(match, retroactive=True)
        for match in outcome.matches
        if match.entry_id not in former.entries and not match.bank.is_memory
    )
    standing = policy.standing(fresh)
    if not standing:
        return []
    answered = standing_answer(connection, upload.id)
    opening = [match for match in standing if not _is_settled(connection, upload.id, match.bank.category)]
    consequence = policies.consequence(connection, upload, opening)
    if consequence.takedown and not upload.is_on_pds:
        consequence = replace(consequence, answer=policy.Answer.REVIEW, takedown=None)
    answer = max(policy.Answer(former.action), consequence.answer, key=list(policy.Answer).index)
    banks = dict.fromkeys((*former.banks, *outcome.banks))
    uploads.revise_upload(connection, upload.id, Verdict.MATCHED, "", answer, tuple(banks))
    order = Order(hold=_is_held(connection, outcome, opening, following.gate))
    found = replace(outcome, verdict=Verdict.MATCHED, matches=fresh)
    done = follow(connection, found, consequence, keeping, order, following.receivers, answered)
    return list(done.events)


def _is_settled(connection: Connection, upload_id: str, category: Category) -> bool:
    return rematching.is_kept_down(connection, upload_id, category.value)


def _is_held(
    connection: Connection, outcome: Outcome, opening: list[Match], gate: policy.GateMode | None
) -> bool:
    """Whether the gate would have kept it back for the very same bytes, had the list had them then."""
    if gate is None or outcome.upload.source is not Source.GATE or not outcome.upload.is_on_pds:
        return False
    return policies.gate_holds(connection, [match for match in opening if match.is_exact], gate)
